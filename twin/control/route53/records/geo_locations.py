"""The places that geolocation routing knows: continents, countries, states of the US.

https://docs.aws.amazon.com/Route53/latest/APIReference/API_ListGeoLocations.html

Codes and names of countries are those of ISO 3166-1. AWS also knows the oblasts of Ukraine, which
the twin does not: no city of a client lies in one.
"""

from twin.control.document_service import CallContext, CallRefused, Params, Result
from twin.control.route53.model import Outcome, Route53State
from twin.control.route53.pages import read_max_items, take_page
from twin.topology.route53 import GeoLocation

CONTINENTS = {
    "AF": "Africa",
    "AN": "Antarctica",
    "AS": "Asia",
    "EU": "Europe",
    "NA": "North America",
    "OC": "Oceania",
    "SA": "South America",
}
_COUNTRIES = {
    "AF": """
        AO Angola; BF Burkina Faso; BI Burundi; BJ Benin; BW Botswana; CD Congo (Kinshasa);
        CF Central African Rep.; CG Congo (Brazzaville); CI Cote d'Ivoire; CM Cameroon; CV
        Cape Verde; DJ Djibouti; DZ Algeria; EG Egypt; ER Eritrea; ET Ethiopia; GA Gabon; GH
        Ghana; GM Gambia; GN Guinea; GQ Equatorial Guinea; GW Guinea-Bissau; KE Kenya; KM
        Comoros; LR Liberia; LS Lesotho; LY Libya; MA Morocco; MG Madagascar; ML Mali; MR
        Mauritania; MU Mauritius; MW Malawi; MZ Mozambique; NA Namibia; NE Niger; NG
        Nigeria; RE Reunion; RW Rwanda; SC Seychelles; SD Sudan; SH St Helena; SL Sierra
        Leone; SN Senegal; SO Somalia; SS South Sudan; ST Sao Tome & Principe; SZ Eswatini
        (Swaziland); TD Chad; TG Togo; TN Tunisia; TZ Tanzania; UG Uganda; YT Mayotte; ZA
        South Africa; ZM Zambia; ZW Zimbabwe
    """,
    "AN": """
        AQ Antarctica; GS South Georgia & the South Sandwich Islands; TF French S. Terr.
    """,
    "AS": """
        AE United Arab Emirates; AF Afghanistan; AM Armenia; AZ Azerbaijan; BD Bangladesh;
        BH Bahrain; BN Brunei; BT Bhutan; CC Cocos (Keeling) Islands; CN China; CY Cyprus;
        GE Georgia; HK Hong Kong; ID Indonesia; IL Israel; IN India; IO British Indian Ocean
        Territory; IQ Iraq; IR Iran; JO Jordan; JP Japan; KG Kyrgyzstan; KH Cambodia; KP
        North Korea; KR South Korea; KW Kuwait; KZ Kazakhstan; LA Laos; LB Lebanon; LK Sri
        Lanka; MM Myanmar; MN Mongolia; MO Macau; MV Maldives; MY Malaysia; NP Nepal; OM
        Oman; PH Philippines; PK Pakistan; PS Palestine; QA Qatar; SA Saudi Arabia; SG
        Singapore; SY Syria; TH Thailand; TJ Tajikistan; TM Turkmenistan; TW Taiwan; UZ
        Uzbekistan; VN Vietnam; YE Yemen
    """,
    "EU": """
        AD Andorra; AL Albania; AT Austria; AX Aland Islands; BA Bosnia & Herzegovina; BE
        Belgium; BG Bulgaria; BY Belarus; CH Switzerland; CZ Czech Republic; DE Germany; DK
        Denmark; EE Estonia; ES Spain; FI Finland; FO Faroe Islands; FR France; GB United
        Kingdom; GG Guernsey; GI Gibraltar; GR Greece; HR Croatia; HU Hungary; IE Ireland;
        IM Isle of Man; IS Iceland; IT Italy; JE Jersey; LI Liechtenstein; LT Lithuania; LU
        Luxembourg; LV Latvia; MC Monaco; MD Moldova; ME Montenegro; MK North Macedonia; MT
        Malta; NL Netherlands; NO Norway; PL Poland; PT Portugal; RO Romania; RS Serbia; RU
        Russia; SE Sweden; SI Slovenia; SJ Svalbard & Jan Mayen; SK Slovakia; SM San Marino;
        TR Turkey; UA Ukraine; VA Vatican City; XK Kosovo
    """,
    "NA": """
        AG Antigua & Barbuda; AI Anguilla; AW Aruba; BB Barbados; BL St Barthelemy; BM
        Bermuda; BQ Caribbean NL; BS Bahamas; BZ Belize; CA Canada; CR Costa Rica; CU Cuba;
        CW Curacao; DM Dominica; DO Dominican Republic; GD Grenada; GL Greenland; GP
        Guadeloupe; GT Guatemala; HN Honduras; HT Haiti; JM Jamaica; KN St Kitts & Nevis; KY
        Cayman Islands; LC St Lucia; MF St Martin (French); MQ Martinique; MS Montserrat; MX
        Mexico; NI Nicaragua; PA Panama; PM St Pierre & Miquelon; PR Puerto Rico; SV El
        Salvador; SX Sint Maarten; TC Turks & Caicos Is; TT Trinidad & Tobago; US United
        States; VC St Vincent; VG Virgin Islands (UK); VI Virgin Islands (US)
    """,
    "OC": """
        AS Samoa (American); AU Australia; CK Cook Islands; FJ Fiji; FM Micronesia; GU Guam;
        KI Kiribati; MH Marshall Islands; MP Northern Mariana Islands; NC New Caledonia; NF
        Norfolk Island; NR Nauru; NU Niue; NZ New Zealand; PF French Polynesia; PG Papua New
        Guinea; PN Pitcairn; PW Palau; SB Solomon Islands; TK Tokelau; TL East Timor; TO
        Tonga; TV Tuvalu; UM US minor outlying islands; VU Vanuatu; WF Wallis & Futuna; WS
        Samoa (western)
    """,
    "SA": """
        AR Argentina; BO Bolivia; BR Brazil; CL Chile; CO Colombia; EC Ecuador; FK Falkland
        Islands; GF French Guiana; GY Guyana; PE Peru; PY Paraguay; SR Suriname; UY Uruguay;
        VE Venezuela
    """,
}
_STATES = """
    AK Alaska; AL Alabama; AR Arkansas; AZ Arizona; CA California; CO Colorado; CT
    Connecticut; DC District of Columbia; DE Delaware; FL Florida; GA Georgia; HI
    Hawaii; IA Iowa; ID Idaho; IL Illinois; IN Indiana; KS Kansas; KY Kentucky; LA
    Louisiana; MA Massachusetts; MD Maryland; ME Maine; MI Michigan; MN Minnesota; MO
    Missouri; MS Mississippi; MT Montana; NC North Carolina; ND North Dakota; NE
    Nebraska; NH New Hampshire; NJ New Jersey; NM New Mexico; NV Nevada; NY New York; OH
    Ohio; OK Oklahoma; OR Oregon; PA Pennsylvania; RI Rhode Island; SC South Carolina;
    SD South Dakota; TN Tennessee; TX Texas; UT Utah; VA Virginia; VT Vermont; WA
    Washington; WI Wisconsin; WV West Virginia; WY Wyoming
"""


def _split(text: str) -> dict[str, str]:
    """Code -> name."""
    entries = (" ".join(entry.split()) for entry in text.split(";"))
    return {code: name for code, _, name in (entry.partition(" ") for entry in entries)}


STATES = _split(_STATES)
COUNTRIES = dict(
    sorted(item for countries in _COUNTRIES.values() for item in _split(countries).items())
)
CONTINENT_OF = {
    code: continent for continent, countries in _COUNTRIES.items() for code in _split(countries)
}
DEFAULT = "*"
"""CountryCode of the place that all others are in."""


def find_place(place: GeoLocation) -> str | None:
    """Name of a place; None if there is no such one."""
    match (place.continent, place.country, place.subdivision):
        case (continent, "", ""):
            return CONTINENTS.get(continent)
        case ("", "*", ""):
            return "Default"
        case ("", country, ""):
            return COUNTRIES.get(country)
        case ("", "US", subdivision):
            return STATES.get(subdivision)
    return None


def all_places() -> tuple[GeoLocation, ...]:
    """In the order of ListGeoLocations: continents, the default, countries and their parts."""
    places = [GeoLocation(continent=code) for code in CONTINENTS]
    places.append(GeoLocation(country=DEFAULT))
    for country in COUNTRIES:
        places.append(GeoLocation(country=country))
        if country == "US":
            places += [GeoLocation(country=country, subdivision=state) for state in STATES]
    return tuple(places)


def list_geo_locations(state: Route53State, _: CallContext, params: Params) -> Outcome:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_ListGeoLocations.html"""
    start = read_place(params, "Start")
    if start != GeoLocation() and find_place(start) is None:
        raise CallRefused("InvalidInput", "The list has no location with these codes.")
    size = read_max_items(params)
    is_first = start.__eq__ if start != GeoLocation() else None
    page, following = take_page(all_places(), size, is_first)
    shown: dict[str, object] = {
        "GeoLocationDetailsList": [_details(place) for place in page],
        "IsTruncated": following is not None,
        "MaxItems": str(size),
    }
    if following is not None:
        shown |= {f"Next{name}": code for name, code in place_codes(following).items()}
    return state, shown


def get_geo_location(state: Route53State, _: CallContext, params: Params) -> Outcome:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_GetGeoLocation.html"""
    place = read_place(params)
    if find_place(place) is None:
        message = "Amazon Route 53 doesn't support the specified geographic location."
        raise CallRefused("NoSuchGeoLocation", message, 404)
    return state, {"GeoLocationDetails": _details(place)}


def read_place(given: Params, prefix: str = "") -> GeoLocation:
    """The place whose codes are given, in members that may begin with `prefix`."""
    return GeoLocation(
        continent=given.get(f"{prefix}ContinentCode") or "",
        country=given.get(f"{prefix}CountryCode") or "",
        subdivision=given.get(f"{prefix}SubdivisionCode") or "",
    )


def place_codes(place: GeoLocation) -> dict[str, str]:
    """The codes that a place has, by the API's names."""
    codes = {
        "ContinentCode": place.continent,
        "CountryCode": place.country,
        "SubdivisionCode": place.subdivision,
    }
    return {name: code for name, code in codes.items() if code}


def _details(place: GeoLocation) -> Result:
    shown = place_codes(place)
    if place.continent:
        shown["ContinentName"] = CONTINENTS[place.continent]
    if place.country:
        shown["CountryName"] = COUNTRIES.get(place.country, "Default")
    if place.subdivision:
        shown["SubdivisionName"] = STATES[place.subdivision]
    return shown
