/** Main's end of the rpc: validates what a window asks, calls the lab, answers; passes the lab's events on. */
import { z } from 'zod'
import { Requests } from '../../preload/contract.ts'
import type { RequestName, RpcFailure } from '../../preload/contract.ts'
import type { Port } from '../../preload/port.ts'
import { RpcError } from '../../preload/rpc.ts'
import type { ServerMessage } from '../../preload/rpc.ts'
import type { LabSession } from './session.ts'

const Envelope = z.object({ id: z.number().int(), request: z.string(), params: z.unknown() })

/** Told of what a handler threw that is no RpcError: a bug of ours. The window only learns that there was one. */
export type OnBug = (request: string, error: unknown) => void

/**
 * Serves one window until its port closes. A message that is no request closes the port: no window of ours sends one,
 * and there is no id to answer to.
 */
export function serve(port: Port, session: LabSession, onBug: OnBug): void {
  const post = (message: ServerMessage): void => port.post(message)
  const stopEvents = session.onEvent((event) => post(event))
  port.onClose(stopEvents)
  port.onMessage((message) => {
    const envelope = Envelope.safeParse(message)
    if (!envelope.success) return port.close()
    void reply(envelope.data)
  })

  async function reply({ id, request, params }: z.infer<typeof Envelope>): Promise<void> {
    const answered = await answer(session, request, params, onBug)
    try {
      post({ id, ...answered })
    } catch (error) {
      // The reply holds what cannot travel: our bug, and the window must not wait for ever.
      onBug(request, error)
      post({ id, ...refused('internal', `the reply to ${request} could not be sent`) })
    }
  }
}

type Answer = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly failure: RpcFailure }

async function answer(session: LabSession, request: string, params: unknown, onBug: OnBug): Promise<Answer> {
  if (!isRequestName(request)) return refused('bad-request', `no such request: ${JSON.stringify(request)}`)
  const checked = Requests[request].safeParse(params)
  if (!checked.success) return refused('bad-request', `${request}: ${firstIssue(checked.error)}`)
  try {
    // The schema that passed belongs to this very name, which the index type cannot say.
    const handler = session[request].bind(session) as (params: unknown) => unknown
    return { ok: true, value: await handler(checked.data) }
  } catch (error) {
    if (error instanceof RpcError && error.code !== 'closed') return refused(error.code, error.message)
    onBug(request, error)
    return refused('internal', `${request} failed inside the lab: ${error instanceof Error ? error.message : String(error)}`)
  }
}

const isRequestName = (name: string): name is RequestName => Object.hasOwn(Requests, name)

const refused = (code: RpcFailure['code'], message: string): Answer => ({ ok: false, failure: { code, message } })

/** "command.block: expected number, received string" */
function firstIssue(error: z.ZodError): string {
  const issue = error.issues[0]
  if (!issue) return 'not what the request takes'
  return issue.path.length === 0 ? issue.message : `${issue.path.join('.')}: ${issue.message}`
}
