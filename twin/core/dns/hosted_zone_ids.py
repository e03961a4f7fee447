"""Hosted zones of AWS's own names, which aliases name as their target's zone.

https://docs.aws.amazon.com/general/latest/gr/apigateway.html
https://docs.aws.amazon.com/general/latest/gr/elb.html
https://docs.aws.amazon.com/general/latest/gr/global_accelerator.html
https://docs.aws.amazon.com/general/latest/gr/cf_region.html
"""

ACCELERATOR_ZONE = "Z2BJ6XQ5FK7U4H"
CLOUDFRONT_ZONE = "Z2FDTNDATAQYW2"

API_GATEWAY_ZONES = {
    "af-south-1": "Z2DHW2332DAMTN",
    "ap-east-1": "Z3FD1VL90ND7K5",
    "ap-east-2": "Z02909591O7FG9Q56HWB1",
    "ap-northeast-1": "Z1YSHQZHG15GKL",
    "ap-northeast-2": "Z20JF4UZKIW1U8",
    "ap-northeast-3": "Z22ILHG95FLSZ2",
    "ap-south-1": "Z3VO1THU9YC4UR",
    "ap-south-2": "Z0853509Q1135NJ66RUH",
    "ap-southeast-1": "ZL327KTPIQFUL",
    "ap-southeast-2": "Z2RPCDW04V8134",
    "ap-southeast-3": "Z10132843TYUYSLUG4HA3",
    "ap-southeast-4": "Z092189423Y7RJK61311D",
    "ap-southeast-5": "Z0314042F0KBUTZ3X5HF",
    "ap-southeast-7": "Z048508712PZLK5NKG8R0",
    "ca-central-1": "Z19DQILCV0OWEC",
    "ca-west-1": "Z04745493436AWVTG1OQY",
    "eu-central-1": "Z1U9ULNL0V5AJ3",
    "eu-central-2": "Z09222482MK253X48U76H",
    "eu-north-1": "Z3UWIKFBOOGXPP",
    "eu-south-1": "Z3BT4WSQ9TDYZV",
    "eu-south-2": "Z02499852UI5HEQ5JVWX3",
    "eu-west-1": "ZLY8HYME6SFDD",
    "eu-west-2": "ZJ5UAJN8Y3Z2Q",
    "eu-west-3": "Z3KY65QIEKYHQQ",
    "il-central-1": "Z07264553HBI44N5X2CKP",
    "me-central-1": "Z08780021BKYYY8U0YHTV",
    "me-south-1": "Z20ZBPC0SS8806",
    "mx-central-1": "Z00020171WIGL5M88SHRM",
    "sa-east-1": "ZCMLWB8V5SYIT",
    "us-east-1": "Z1UJRXOUMOOFQ8",
    "us-east-2": "ZOJJZC49E0EPZ",
    "us-west-1": "Z2MUQ32089INYE",
    "us-west-2": "Z2OJLYMUO9EFXC",
}
"""Of regional endpoints, by Region."""

LOAD_BALANCER_ZONES = {
    "ap-northeast-1": "Z14GRHDCWA56QT",
    "ap-northeast-2": "ZWKZPGTI48KDX",
    "ap-northeast-3": "Z5LXEXXYW11ES",
    "ap-south-1": "ZP97RAFLXTNZK",
    "ap-southeast-1": "Z1LMS91P8CMLE5",
    "ap-southeast-2": "Z1GM3OXH4ZPM65",
    "ca-central-1": "ZQSVJUPU6J1EY",
    "eu-central-1": "Z215JYRZR1TBD5",
    "eu-north-1": "Z23TAZ6LKFMNIO",
    "eu-west-1": "Z32O12XQLNTSW2",
    "eu-west-2": "ZHURV8PSTC4K8",
    "eu-west-3": "Z3Q77PNBQS71R4",
    "sa-east-1": "Z2P70J7HTTTPLU",
    "us-east-1": "Z35SXDOTRQ7X7K",
    "us-east-2": "Z3AADJGX6KTTL2",
    "us-west-1": "Z368ELLRRE2KJ0",
    "us-west-2": "Z1H1FL5HABSF5",
}
"""Of Application Load Balancers, by Region."""
MOTO_LOAD_BALANCER_ZONE = "Z2P70J7EXAMPLE"
"""What the twin's load balancers have in every Region."""

_ENDINGS = {
    ACCELERATOR_ZONE: ".awsglobalaccelerator.com.",
    CLOUDFRONT_ZONE: ".cloudfront.net.",
    **{zone: f".execute-api.{region}.amazonaws.com." for region, zone in API_GATEWAY_ZONES.items()},
    **dict.fromkeys(LOAD_BALANCER_ZONES.values(), ".elb.amazonaws.com."),
    MOTO_LOAD_BALANCER_ZONE: ".elb.amazonaws.com.",
}
_LOAD_BALANCERS = frozenset((*LOAD_BALANCER_ZONES.values(), MOTO_LOAD_BALANCER_ZONE))


def may_be_alias_target(zone_id: str, name: str) -> bool:
    """Whether a zone of AWS's has such names; load balancers of the twin have addresses."""
    ending = _ENDINGS.get(zone_id)
    if ending is None:
        return False
    is_address = name.replace(".", "").isdecimal()
    return name.endswith(ending) or (zone_id in _LOAD_BALANCERS and is_address)
