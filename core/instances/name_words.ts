/**
 * The words of generated names. None says anything of how somebody looks, thinks or believes, and no creature is
 * also a word for a person, so no pair can offend.
 */

/** What comes first: weather, light, pace and mood. */
export const ADJECTIVES: readonly string[] = [
  ...["agile", "amber", "ample", "autumn", "azure", "balmy", "brave", "breezy", "bright"],
  ...["brisk", "calm", "cheery", "clear", "cosmic", "crisp", "dapper", "daring", "dewy"],
  ...["eager", "early", "fleet", "floral", "fresh", "frosty", "gentle", "gleaming", "glowing"],
  ...["golden", "grand", "happy", "hearty", "honest", "humming", "icy", "jolly", "jovial"],
  ...["keen", "kind", "lively", "lofty", "lucky", "lunar", "mellow", "merry", "mighty"],
  ...["misty", "nimble", "noble", "patient", "peaceful", "placid", "plucky", "prompt", "proud"],
  ...["quick", "quiet", "rapid", "roaming", "rustic", "serene", "shining", "silver", "smooth"],
  ...["snowy", "solar", "spry", "steady", "stellar", "stormy", "sturdy", "summer", "sunny"],
  ...["swift", "tidy", "upbeat", "vivid", "wandering", "warm", "windy", "winter", "witty"],
  ...["zesty"],
];

/** What comes second: creatures. */
export const CREATURES: readonly string[] = [
  ...["albatross", "alpaca", "antelope", "auk", "avocet", "axolotl", "badger", "beetle"],
  ...["bison", "bluejay", "bunting", "capybara", "caribou", "chamois", "cheetah", "chinchilla"],
  ...["cicada", "condor", "coral", "cormorant", "cricket", "curlew", "dolphin", "dormouse"],
  ...["dragonfly", "dunlin", "eagle", "egret", "eider", "falcon", "ferret", "finch", "firefly"],
  ...["flamingo", "gannet", "gazelle", "gecko", "gibbon", "goldfinch", "grebe", "grouse"],
  ...["hamster", "hare", "harrier", "hedgehog", "heron", "hoopoe", "hornbill", "ibex", "ibis"],
  ...["iguana", "impala", "jackdaw", "jerboa", "kestrel", "kingfisher", "kite", "kiwi"],
  ...["koala", "ladybird", "lapwing", "lark", "lemur", "linnet", "llama", "lobster", "lynx"],
  ...["mallard", "manatee", "marlin", "marmot", "marten", "meerkat", "merlin", "moose", "moth"],
  ...["narwhal", "newt", "nightjar", "numbat", "ocelot", "octopus", "okapi", "oriole"],
  ...["osprey", "otter", "panda", "pangolin", "penguin", "petrel", "pika", "pipit", "platypus"],
  ...["plover", "puffin", "puma", "quail", "quokka", "raven", "redstart", "reindeer", "robin"],
  ...["salmon", "seahorse", "seal", "serval", "skylark", "sparrow", "squirrel", "starling"],
  ...["stoat", "stork", "swan", "tamarin", "tapir", "tern", "toucan", "trout", "turtle"],
  ...["vicuna", "warbler", "waxwing", "wombat", "wren", "zebra"],
];
