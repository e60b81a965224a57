// The fragment of the address: `#x86/os:rtm/sp2/+iis@rtm/kb973917:v1?look`.
//
// An install order as a link that a person can read, and change by hand. Every letter may stand in
// a fragment as it is. A slash separates steps, so the one of a release becomes a colon.

export const parts = ["compose", "look", "map", "findings"] as const;

/** A part of the page. */
export type Part = (typeof parts)[number];

/** What a fragment says; words are as on the command line. */
export interface Address {
  readonly arch: string;
  readonly words: readonly string[];
  readonly part: Part;
}

/** The fragment of an address, without the number sign. */
export function writeAddress({ arch, words, part }: Address): string {
  const order = [arch, ...words.map(written)].join("/");
  return part === "compose" ? order : `${order}?${part}`;
}

/** The address that a fragment stands for, or null if it is empty. */
export function readAddress(fragment: string): Address | null {
  const text = plainFragment(fragment);
  const [order = "", tail = ""] = text.split("?");
  const [arch = "", ...words] = order.split("/").filter((word) => word !== "");
  if (arch === "") return null;
  const part = parts.find((known) => known === tail) ?? "compose";
  return { arch: arch.toLowerCase(), words: words.map(read), part };
}

/** A fragment without its number sign and without escapes, which mailers and browsers add. */
export function plainFragment(fragment: string): string {
  const bare = fragment.replace(/^#/, "");
  try {
    return decodeURIComponent(bare);
  } catch {
    return bare;
  }
}

function written(word: string): string {
  return word.replace("/", ":");
}

function read(word: string): string {
  return word.toLowerCase().replace(/^(kb\d+):(v\d)/, "$1/$2");
}
