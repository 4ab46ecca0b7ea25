interface ImportMeta {
  /** Texts of all files that a pattern names, by path; resolved when this is built. */
  readonly glob: (patterns: readonly string[], options: { readonly query: '?raw'; readonly import: 'default'; readonly eager: true }) => Record<string, string>
}
