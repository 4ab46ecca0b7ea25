/** Text of a file, as the bundler hands it over. */
declare module '*?raw' {
  const text: string
  export default text
}
interface ImportMeta {
  /** Texts of all files that a pattern names, by path; resolved when this is built. */
  readonly glob: (patterns: readonly string[], options: { readonly query: '?raw'; readonly import: 'default'; readonly eager: true }) => Record<string, string>
}
/** The plugin's own module, as the guest sees it. */
declare module 'zonelab:plugin' {
  const types: unknown
  export default types
}
