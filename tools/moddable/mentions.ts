/** The imports and the top-level declarations of TypeScript sources, as they are written: no types are worked out. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import ts from 'typescript'

export interface Import {
  /** A path from the root; a module's name if it is none of the sources. */
  to: string
  /** Nothing of it is left when types are erased. */
  isTypeOnly: boolean
  /** By the name that it has here: the name that it has there, `*` for all of them. Values only. */
  names: ReadonlyMap<string, string>
}

/** What a module declares at its top level and what of it is left when types are erased. */
export interface Declaration {
  names: readonly string[]
  /** Every name that its code mentions; those of properties with a point before them. */
  mentions: ReadonlySet<string>
  /** A class's methods and accessors that others may use. */
  members: readonly { name: string; line: number }[]
  line: number
}

export interface Source {
  path: string
  imports: readonly Import[]
  declarations: readonly Declaration[]
  /** What runs when the module is loaded, declares nothing, and mentions these. */
  effects: ReadonlySet<string>
  hasEffects: boolean
  /** By the name that others import: the name that it has here. */
  exports: ReadonlyMap<string, string>
}

const ENDINGS = ['', '.ts', '.d.ts', '.mts', '.mjs', '.cjs', '.js', '.json']

export function readSources(root: string, folders: readonly string[]): Source[] {
  const paths = folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.m?ts$/.test(name) && !name.endsWith('.d.ts'))
      .map((name) => join(folder, name)),
  )
  return paths.sort().map((path) => {
    return parseSource(path, readFileSync(join(root, path), 'utf8'), (file) =>
      existsSync(join(root, file)),
    )
  })
}

export function parseSource(
  path: string,
  text: string,
  isFile: (path: string) => boolean = () => true,
): Source {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true)
  const imports: Import[] = []
  const declarations: Declaration[] = []
  const effects = new Set<string>()
  const exports = new Map<string, string>()
  let hasEffects = false

  const addImport = (specifier: ts.Expression, isTypeOnly: boolean, names: [string, string][]) =>
    imports.push({
      to: resolveImport(path, (specifier as ts.StringLiteral).text, isFile),
      isTypeOnly,
      names: new Map(names),
    })

  const declare = (statement: ts.Node, names: readonly string[]) => {
    declarations.push({
      names,
      mentions: mentionsOf(statement),
      members: ts.isClassDeclaration(statement) ? membersOf(statement) : [],
      line: lineOf(statement),
    })
    const modifiers = ts.canHaveModifiers(statement) ? (ts.getModifiers(statement) ?? []) : []
    const has = (kind: ts.SyntaxKind) => modifiers.some((modifier) => modifier.kind === kind)
    if (!has(ts.SyntaxKind.ExportKeyword)) return
    const isDefault = has(ts.SyntaxKind.DefaultKeyword)
    for (const name of names) exports.set(isDefault ? 'default' : name, name)
  }

  for (const statement of file.statements) {
    if (ts.isImportDeclaration(statement)) {
      const { importClause, moduleSpecifier } = statement
      const names = valuesOf(importClause)
      addImport(moduleSpecifier, importClause !== undefined && names.length === 0, names)
    } else if (ts.isExportDeclaration(statement)) {
      const named = statement.exportClause
      if (!named || !ts.isNamedExports(named)) throw new Error(`${path}: export * is not read here`)
      const { elements } = named
      const values = elements.filter(({ isTypeOnly }) => !isTypeOnly && !statement.isTypeOnly)
      // `export … from` is an import under names of its own, which are exported again.
      const from = statement.moduleSpecifier
      for (const { name, propertyName } of values)
        exports.set(name.text, from ? `export ${name.text}` : (propertyName ?? name).text)
      if (from)
        addImport(
          from,
          values.length === 0,
          values.map(({ name, propertyName }) => [
            `export ${name.text}`,
            (propertyName ?? name).text,
          ]),
        )
    } else if (ts.isExportAssignment(statement)) {
      declare(statement, ['default'])
      exports.set('default', 'default')
    } else if (ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement)) {
      declare(statement, [statement.name?.text ?? 'default'])
    } else if (ts.isVariableStatement(statement)) {
      for (const { name } of statement.declarationList.declarations)
        declare(statement, bindingsOf(name))
    } else if (!ts.isInterfaceDeclaration(statement) && !ts.isTypeAliasDeclaration(statement)) {
      hasEffects = true
      for (const name of mentionsOf(statement)) effects.add(name)
    }
  }
  for (const call of importCalls(file)) addImport(call, false, [['*', '*']])
  return { path, imports, declarations, effects, hasEffects, exports }
}

function resolveImport(from: string, specifier: string, isFile: (path: string) => boolean): string {
  if (!specifier.startsWith('.')) return specifier
  const path = normalize(join(dirname(from), specifier))
  const ending = ENDINGS.find((one) => /\.\w+$/.test(path + one) && isFile(path + one))
  return path + (ending ?? '')
}

/** What an import brings besides types: its name here, its name there. */
function valuesOf(clause: ts.ImportClause | undefined): [string, string][] {
  if (!clause || clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return []
  const names: [string, string][] = clause.name ? [[clause.name.text, 'default']] : []
  const { namedBindings } = clause
  if (namedBindings && ts.isNamespaceImport(namedBindings))
    names.push([namedBindings.name.text, '*'])
  else if (namedBindings)
    for (const { name, propertyName, isTypeOnly } of namedBindings.elements)
      if (!isTypeOnly) names.push([name.text, (propertyName ?? name).text])
  return names
}

function bindingsOf(name: ts.BindingName): string[] {
  if (ts.isIdentifier(name)) return [name.text]
  return name.elements.flatMap((element) =>
    ts.isOmittedExpression(element) ? [] : bindingsOf(element.name),
  )
}

function membersOf(node: ts.ClassDeclaration): { name: string; line: number }[] {
  return node.members.flatMap((member) =>
    (ts.isMethodDeclaration(member) || ts.isAccessor(member)) && ts.isIdentifier(member.name)
      ? [{ name: member.name.text, line: lineOf(member) }]
      : [],
  )
}

function lineOf(node: ts.Node): number {
  return node.getSourceFile().getLineAndCharacterOfPosition(node.getStart()).line + 1
}

/** Not the names of types, nor of what is declared below `node`. */
function mentionsOf(node: ts.Node): Set<string> {
  const names = new Set<string>()
  const visit = (child: ts.Node): void => {
    if (ts.isHeritageClause(child)) {
      if (child.token === ts.SyntaxKind.ExtendsKeyword)
        for (const { expression } of child.types) visit(expression)
    } else if (ts.isTypeNode(child)) return
    else if (ts.isPropertyAccessExpression(child)) {
      visit(child.expression)
      names.add(`.${child.name.text}`)
    } else if (ts.isBindingElement(child)) {
      names.add(`.${(child.propertyName ?? child.name).getText()}`)
      ts.forEachChild(child, visit)
    } else if (ts.isPropertyAssignment(child)) {
      if (ts.isComputedPropertyName(child.name)) visit(child.name)
      visit(child.initializer)
    } else if (ts.isIdentifier(child)) {
      if (!isOwnName(child)) names.add(child.text)
    } else ts.forEachChild(child, visit)
  }
  ts.forEachChild(node, visit)
  return names
}

/** Whether it is the name of what is declared there, as of a method or a parameter. */
function isOwnName(name: ts.Identifier): boolean {
  const { parent } = name
  if (ts.isShorthandPropertyAssignment(parent)) return false
  if (ts.isBindingElement(parent) && parent.propertyName === name) return true
  return (parent as ts.NamedDeclaration).name === name
}

function importCalls(file: ts.SourceFile): ts.StringLiteral[] {
  const calls: ts.StringLiteral[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
      for (const argument of node.arguments) if (ts.isStringLiteral(argument)) calls.push(argument)
    ts.forEachChild(node, visit)
  }
  visit(file)
  return calls
}
