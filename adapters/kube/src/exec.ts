import { GofleetError } from '@gofleet/base/errors';
import { WebSocket } from 'undici';
import { agentOf } from './agent.ts';
import type { KubeConnection } from './kube-connection.ts';

/** A command to be run in a container. */
export interface PodCommand {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly command: readonly string[];
  /** More output than this ends it with an error. */
  readonly maxBytes: number;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/** The channels of the protocol that matter here. */
const [stdoutChannel, stderrChannel, statusChannel] = [1, 2, 3];
const maxStderrBytes = 4096;

interface Output {
  readonly stdout: Buffer[];
  stdoutBytes: number;
  stderr: string;
  /** A `Status` object, once the command has ended. */
  status: string;
}

function urlOf({ server }: KubeConnection, { namespace, pod, container, command }: PodCommand): string {
  const query = new URLSearchParams({ container, stdout: 'true', stderr: 'true' });
  for (const word of command) query.append('command', word);
  return `${server.replace(/^http/, 'ws')}/api/v1/namespaces/${namespace}/pods/${pod}/exec?${query}`;
}

function receive(output: Output, message: Buffer): void {
  const [channel, data] = [message[0], message.subarray(1)];
  if (channel === stdoutChannel) {
    output.stdout.push(data);
    output.stdoutBytes += data.length;
  } else if (channel === stderrChannel) output.stderr = (output.stderr + data).slice(0, maxStderrBytes);
  else if (channel === statusChannel) output.status += data;
}

function failure({ namespace, pod }: PodCommand, why: string, cause?: unknown): GofleetError {
  return new GofleetError('kube.exec-failed', `pod ${namespace}/${pod}: running a command failed: ${why}`, {
    facts: { namespace, pod },
    retry: 'later',
    hint: 'it needs the right to create pods/exec in that namespace',
    ...(cause === undefined ? {} : { cause }),
  });
}

function succeeded({ status }: Output): boolean {
  try {
    return (JSON.parse(status) as { status?: string }).status === 'Success';
  } catch {
    return false;
  }
}

/** Resolves when the server closes the socket; rejects when it cannot be had or too much comes out of it. */
function listen(socket: WebSocket, command: PodCommand, output: Output): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (error: Error): void => {
      reject(error);
      socket.close();
    };
    const timer = setTimeout(() => stop(failure(command, 'no end in time')), command.timeoutMs);
    const onAbort = (): void => stop(command.signal?.reason as Error);
    command.signal?.addEventListener('abort', onAbort);
    socket.addEventListener('message', ({ data }) => {
      receive(output, Buffer.from(data as ArrayBuffer));
      if (output.stdoutBytes > command.maxBytes)
        stop(failure(command, `more than ${command.maxBytes} bytes`));
    });
    socket.addEventListener('error', ({ error, message }) => stop(failure(command, message, error)));
    socket.addEventListener('close', () => {
      clearTimeout(timer);
      command.signal?.removeEventListener('abort', onAbort);
      resolve();
    });
  });
}

/**
 * What a command in a container of a pod prints, once it has ended well.
 * @throws `kube.exec-failed`, and the reason of an abort
 * @see Kubernetes staging/src/k8s.io/apimachinery/pkg/util/remotecommand/constants.go (v1.36): `v5.channel.k8s.io`
 */
export async function execInPod(connection: KubeConnection, command: PodCommand): Promise<string> {
  const authorization = await connection.authorization();
  const agent = agentOf(connection);
  const socket = new WebSocket(urlOf(connection, command), {
    protocols: ['v5.channel.k8s.io', 'v4.channel.k8s.io'],
    dispatcher: agent,
    headers: { 'user-agent': 'gofleet', ...(authorization === undefined ? {} : { authorization }) },
  });
  socket.binaryType = 'arraybuffer';
  const output: Output = { stdout: [], stdoutBytes: 0, stderr: '', status: '' };
  try {
    await listen(socket, command, output);
  } finally {
    await agent.destroy();
  }
  if (succeeded(output)) return Buffer.concat(output.stdout).toString('utf8');
  throw failure(command, output.stderr.trim() || output.status || 'the connection broke off');
}
