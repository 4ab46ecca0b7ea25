/**
 * A Port carries whole messages both ways, in order, between one window and main. Two ports exist: Electron's
 * MessagePort and a WebSocket; the rpc above them cannot tell which it has.
 */
export interface Port {
  /** Sends one message: plain data (what JSON can say) and typed arrays. Sending on a closed port does nothing. */
  post(message: unknown): void
  /** Tells of each message that arrives. One listener; set it before the first message can come. */
  onMessage(listener: (message: unknown) => void): void
  /** Tells once that the port has closed, from either side. One listener. */
  onClose(listener: () => void): void
  close(): void
}
