import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { expect, test } from 'vitest'

/** Members that authors meet, by "Interface.member": those of interfaces, and of the makers `param`, `kernel` and `devm`. */
function undocumented(file: string): string[] {
  const source = ts.createSourceFile(file, readFileSync(join(import.meta.dirname, file), 'utf8'), ts.ScriptTarget.Latest, true)
  const out: string[] = []
  const hasDoc = (node: ts.Node): boolean => ts.getJSDocCommentsAndTags(node).some((d) => ts.isJSDoc(d) && (d.comment ?? '') !== '')
  const members = (owner: string, nodes: readonly ts.Node[]): void => {
    for (const m of nodes) {
      const name = 'name' in m && m.name !== undefined ? (m.name as ts.Node).getText(source) : '?'
      // `kind` tells the kinds of parameters apart and says nothing more
      if (!hasDoc(m) && name !== 'kind') out.push(`${file}: ${owner}.${name}`)
      if (ts.isPropertySignature(m) && m.type && ts.isTypeLiteralNode(m.type)) members(`${owner}.${name}`, m.type.members)
    }
  }
  source.forEachChild((node) => {
    const exported = ts.canHaveModifiers(node) && ts.getModifiers(node)?.some((m) => m.kind === ts.SyntaxKind.ExportKeyword)
    if (exported && (ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node) || ts.isFunctionDeclaration(node)) && !hasDoc(node)) out.push(`${file}: ${node.name?.text ?? '?'}`)
    if (ts.isInterfaceDeclaration(node)) members(node.name.text, node.members)
    if (!ts.isVariableStatement(node) || !exported) return
    for (const d of node.declarationList.declarations) {
      const value = d.initializer && ts.isAsExpression(d.initializer) ? d.initializer.expression : d.initializer
      if (value && ts.isObjectLiteralExpression(value) && ['param', 'kernel'].includes(d.name.getText(source))) members(d.name.getText(source), value.properties)
    }
  })
  return out
}

test.each(['device-type.ts', 'params.ts', 'steps.ts', 'life.ts', 'devm.ts'])('%s: a doc comment on every member', (file) => {
  expect(undocumented(file)).toEqual([])
})
