/** The parts of the window in the words that stories use, and what a reader does with them. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Locator, Page } from '@playwright/test'
import { expect } from './lab.ts'

/** A captured text of a recording, as a real kernel printed it at boot. */
export const recorded = (recording: string, file: string): string =>
  readFileSync(fileURLToPath(new URL(`../recordings/6.1/${recording}/steps/00-boot/${file}`, import.meta.url)), 'utf8')

export interface DroppedFile { readonly name: string; readonly text: string }

export class Desk {
  readonly outline: Locator
  readonly map: Locator
  readonly inspector: Locator
  readonly actions: Locator
  readonly steps: Locator
  readonly log: Locator
  constructor(readonly page: Page) {
    this.outline = page.getByRole('region', { name: 'Outline' })
    this.map = page.getByRole('region', { name: 'Map of the physical address space' })
    this.inspector = page.getByRole('region', { name: 'Inspector' })
    this.actions = this.inspector.getByRole('region', { name: 'Actions' })
    this.steps = page.getByRole('region', { name: 'History' }).getByRole('option')
    this.log = page.getByRole('region', { name: 'Kernel log' })
  }

  // ------------------------------------------------------------------------------------------------- opening

  /** Drops files on the window. */
  async drop(...files: readonly DroppedFile[]): Promise<void> {
    const dataTransfer = await this.page.evaluateHandle((list) => {
      const transfer = new DataTransfer()
      for (const { name, text } of list) transfer.items.add(new File([text], name))
      return transfer
    }, files)
    await this.page.dispatchEvent('body', 'drop', { dataTransfer })
  }
  /** Opens a scenario by its text and waits until the desk shows it at its last step. */
  async openScenario(title: string, rest: string): Promise<void> {
    await this.drop({ name: 'story.zonelab.yaml', text: `zonelab: 1\ntitle: ${title}\n${rest}` })
    await expect(this.inspector.getByRole('heading', { level: 1 })).toHaveText(title)
    await this.mapShows(/Node 0/)
  }

  // ------------------------------------------------------------------------------------------------- reading

  async isAt(step: number, of: number): Promise<void> {
    await expect(this.page.getByRole('slider', { name: 'Step of the history' })).toHaveAttribute('aria-valuetext', new RegExp(`^step ${step} of ${of}(,|$)`))
  }
  step(n: number): Locator {
    return this.steps.filter({ has: this.page.getByText(String(n), { exact: true }) }).first()
  }
  treeItem(name: RegExp): Locator {
    return this.outline.getByRole('treeitem', { name })
  }
  /** Present pages of a zone, as the outline counts them. */
  zone(name: string, nth = 0): Locator {
    return this.treeItem(new RegExp(`^${name}\\s`)).nth(nth)
  }
  field(name: string): Locator {
    return this.inspector.getByRole('group', { name: new RegExp(`^${name} `) }).first()
  }
  async title(text: string): Promise<void> {
    await expect(this.inspector.getByRole('heading', { level: 1 })).toHaveText(text)
  }
  /** The map's own list of what it draws, which screen readers get. */
  drawn(words: RegExp): Locator {
    return this.map.getByRole('option', { name: words })
  }
  async mapShows(words: RegExp): Promise<void> {
    await expect(this.drawn(words).first()).toBeAttached()
  }

  // ------------------------------------------------------------------------------------------------- doing

  /** Goes to what the finder finds first. */
  async find(query: string, found: RegExp): Promise<void> {
    await this.page.keyboard.press('/')
    const dialog = this.page.getByRole('dialog', { name: 'Find' })
    await dialog.locator('input').fill(query)
    await dialog.getByRole('option', { name: found }).first().waitFor()
    await this.page.keyboard.press('Enter')
  }
  async act(label: string): Promise<void> {
    await this.actions.getByRole('button', { name: label, exact: true }).click()
  }
  /** Opens the form of an action. */
  async form(label: string): Promise<Locator> {
    await this.actions.getByRole('button', { name: new RegExp(`^${label}`) }).click()
    return this.actions.getByRole('form', { name: label })
  }
  /** Opens the form of a device type. */
  async deviceForm(type: string): Promise<Locator> {
    await this.outline.getByRole('button', { name: 'Add a device' }).click()
    await this.page.getByRole('menuitem', { name: new RegExp(`^${escape(type)}`) }).click()
    return this.actions.getByRole('form', { name: type })
  }

  /** Moves the pointer along a track until the map says that it is over the wanted thing. */
  async pointAt(track: string, thing: string): Promise<{ x: number; y: number }> {
    const name = await this.map.getByRole('button', { name: track, exact: true }).boundingBox()
    const surface = await this.map.locator('[data-map-surface]').boundingBox()
    if (!name || !surface) throw new Error(`no track ${track}`)
    const tooltip = (): Promise<string> => this.page.evaluate(() => document.querySelector('[data-map-tooltip]')?.textContent ?? '')
    const y = name.y + name.height / 2
    for (let x = surface.x + 18; x < surface.x + surface.width; x += 8) {
      await this.page.mouse.move(x, y)
      if ((await tooltip()).includes(thing)) return { x, y }
    }
    throw new Error(`nothing on ${track} says "${thing}"`)
  }
}

const escape = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
