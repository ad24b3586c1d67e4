/** Stands between a client and the server, and cuts them off from each other. */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

export class Proxy {
  private readonly pairs = new Set<[Socket, Socket]>();
  private isOpen = true;
  private readonly server: Server;

  private constructor(port: number) {
    this.server = createServer((client) => this.join(client, port));
  }

  /** A proxy on a free port in front of the server at `url`. */
  static async before(url: string): Promise<Proxy> {
    const proxy = new Proxy(Number(new URL(url).port));
    proxy.server.listen(0, "127.0.0.1");
    await once(proxy.server, "listening");
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** How many connections there are at the moment. */
  get count(): number {
    return this.pairs.size;
  }

  /** End all connections, and let none through until `mend`. */
  cut(): void {
    this.isOpen = false;
    for (const sockets of this.pairs) for (const socket of sockets) socket.resetAndDestroy();
  }

  mend(): void {
    this.isOpen = true;
  }

  /** End all connections; others may come at once. */
  break(): void {
    this.cut();
    this.mend();
  }

  async close(): Promise<void> {
    this.cut();
    this.server.close();
    await once(this.server, "close");
  }

  private join(client: Socket, port: number): void {
    if (!this.isOpen) {
      client.resetAndDestroy();
      return;
    }
    const server = connect(port, "127.0.0.1");
    const pair: [Socket, Socket] = [client, server];
    this.pairs.add(pair);
    for (const [one, other] of [pair, [server, client]] as [Socket, Socket][]) {
      one.pipe(other);
      one.on("error", () => other.destroy());
      one.on("close", () => {
        other.destroy();
        this.pairs.delete(pair);
      });
    }
  }
}
