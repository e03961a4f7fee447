/**
 * Where the Regions are, as AWS names their places, and cities that a visitor can stand in.
 *
 * The cities are those of the twin, so that the map and `twin curl --from` mean the same place.
 * https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html
 */

const region = (code, name, latitude, longitude) => ({ code, name, latitude, longitude });
const city = (name, latitude, longitude) => ({ name, latitude, longitude });

export const REGIONS = [
  region("us-east-1", "US East (N. Virginia)", 38.95, -77.45),
  region("us-east-2", "US East (Ohio)", 39.96, -83.0),
  region("us-west-1", "US West (N. California)", 37.35, -121.96),
  region("us-west-2", "US West (Oregon)", 45.84, -119.7),
  region("ca-central-1", "Canada (Central)", 45.5, -73.57),
  region("ca-west-1", "Canada West (Calgary)", 51.05, -114.07),
  region("mx-central-1", "Mexico (Central)", 20.59, -100.39),
  region("sa-east-1", "South America (São Paulo)", -23.55, -46.63),
  region("eu-central-1", "Europe (Frankfurt)", 50.11, 8.68),
  region("eu-central-2", "Europe (Zurich)", 47.37, 8.54),
  region("eu-west-1", "Europe (Ireland)", 53.35, -6.26),
  region("eu-west-2", "Europe (London)", 51.51, -0.13),
  region("eu-west-3", "Europe (Paris)", 48.86, 2.35),
  region("eu-north-1", "Europe (Stockholm)", 59.33, 18.07),
  region("eu-south-1", "Europe (Milan)", 45.46, 9.19),
  region("eu-south-2", "Europe (Spain)", 41.65, -0.88),
  region("il-central-1", "Israel (Tel Aviv)", 32.09, 34.78),
  region("me-central-1", "Middle East (UAE)", 24.45, 54.38),
  region("me-south-1", "Middle East (Bahrain)", 26.23, 50.59),
  region("af-south-1", "Africa (Cape Town)", -33.92, 18.42),
  region("ap-south-1", "Asia Pacific (Mumbai)", 19.08, 72.88),
  region("ap-south-2", "Asia Pacific (Hyderabad)", 17.39, 78.49),
  region("ap-southeast-1", "Asia Pacific (Singapore)", 1.35, 103.82),
  region("ap-southeast-2", "Asia Pacific (Sydney)", -33.87, 151.21),
  region("ap-southeast-3", "Asia Pacific (Jakarta)", -6.21, 106.85),
  region("ap-southeast-4", "Asia Pacific (Melbourne)", -37.81, 144.96),
  region("ap-southeast-5", "Asia Pacific (Malaysia)", 3.14, 101.69),
  region("ap-southeast-7", "Asia Pacific (Thailand)", 13.76, 100.5),
  region("ap-northeast-1", "Asia Pacific (Tokyo)", 35.68, 139.69),
  region("ap-northeast-2", "Asia Pacific (Seoul)", 37.57, 126.98),
  region("ap-northeast-3", "Asia Pacific (Osaka)", 34.69, 135.5),
  region("ap-east-1", "Asia Pacific (Hong Kong)", 22.32, 114.17),
  region("ap-east-2", "Asia Pacific (Taipei)", 25.03, 121.57),
];

export const CITIES = [
  city("Frankfurt", 50.11, 8.68),
  city("London", 51.51, -0.13),
  city("Stockholm", 59.33, 18.07),
  city("Madrid", 40.42, -3.7),
  city("New York", 40.71, -74.01),
  city("Chicago", 41.88, -87.63),
  city("Portland", 45.52, -122.68),
  city("San Francisco", 37.77, -122.42),
  city("Toronto", 43.65, -79.38),
  city("São Paulo", -23.55, -46.63),
  city("Johannesburg", -26.2, 28.05),
  city("Dubai", 25.2, 55.27),
  city("Mumbai", 19.08, 72.88),
  city("Singapore", 1.35, 103.82),
  city("Tokyo", 35.68, 139.69),
  city("Seoul", 37.57, 126.98),
  city("Sydney", -33.87, 151.21),
  city("Auckland", -36.85, 174.76),
];

const REGION_BY_CODE = new Map(REGIONS.map((each) => [each.code, each]));

/** The Region, or undefined for a code that this page does not know. */
export function findRegion(code) {
  return REGION_BY_CODE.get(code);
}

/** A Region in words: its name and its code, or the code alone when its name is unknown. */
export function regionLabel(code) {
  const known = findRegion(code);
  return known ? `${known.name}, ${code}` : code;
}
