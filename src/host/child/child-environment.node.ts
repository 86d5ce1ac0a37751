// What a program needs to find its files and its words.
const plain = ['PATH', 'HOME', 'LANG', 'LC_ALL', 'TZ', 'LD_LIBRARY_PATH', 'VIRTUAL_ENV'];
// Where the libraries are that this host was told of, e.g. REFLEXARC_KERNEL_LIBRARY.
const library = /^REFLEXARC_[A-Z0-9_]+_LIBRARY$/;

/**
 * The environment of a child: a few variables of the host's own and what its owner adds. Nothing else of the host's gets there,
 * its token least of all.
 */
export function childEnvironment(
  added: Readonly<Record<string, string>> = {},
  own: NodeJS.ProcessEnv = process.env,
): Record<string, string> {
  const kept = Object.entries(own).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined && (plain.includes(entry[0]) || library.test(entry[0])),
  );
  return { ...Object.fromEntries(kept), ...added };
}
