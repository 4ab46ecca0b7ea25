/**
 * What stands before a kernel message: dmesg's timestamp ("[    0.000000] ", with -T, -d, -e or --time-format iso too), the
 * caller ("[    T0] "), the level ("<6>", "kern  :info  : "), syslog's or journalctl's date, host and "kernel: ", the
 * fields of /dev/kmsg, a mail's "> ", a terminal's colours, and combinations of these.
 */

/** A printk timestamp, wherever it stands in the first part of a line: what comes before is some collector's. */
const PRINTK_TIME = /^[^\n]{0,120}?\[ *\d+\.\d{3,9}(?:@\d+)?(?: *<[^>]*>)?\](?:\[ *[A-Z]\d+\])? ?/
const PREFIXES = [
  /^(?:> ?)+/,
  /^<\d{1,3}>/,
  /^\d+,\d+,\d+,[^;]{0,40};/,
  /^(?:kern|user|daemon|syslog)\s*:\s*\w+\s*: ?/,
  /^\s*[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d(?:\.\d+)? \S+ kernel(?:\[\d+\])?: ?/,
  /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)? (?:\S+ kernel(?:\[\d+\])?: ?)?/,
  /^\S+ kernel(?:\[\d+\])?: ?/,
  // dmesg -T, -e and a terminal logger's date; a message may itself begin with "[mem "
  /^\[(?:[A-Z][a-z]{2}|\d{4}-| *\+\d)[^\]]{0,40}\][ \t]?/,
]

/** The message alone; its own leading blanks stay. */
export function stripLogPrefix(line: string): string {
  // eslint-disable-next-line no-control-regex -- that is what colours are
  let rest = line.includes('\x1b') ? line.replace(/\x1b\[[\d;]*m/g, '') : line
  for (let round = 0; round < 4; round++) {
    const before = rest
    // '[' or a first letter that a prefix can begin with; most lines of a long log end here
    if (rest.includes('[')) rest = rest.replace(PRINTK_TIME, '')
    for (const prefix of PREFIXES) rest = rest.replace(prefix, '')
    if (rest === before) break
  }
  return rest
}
