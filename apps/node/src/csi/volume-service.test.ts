import { expect, test } from 'vitest';
import { VolumeService } from './volume-service.ts';

const artefact = 'a'.repeat(64);
const [one, other] = ['/kubelet/pods/1/mount', '/kubelet/pods/2/mount'];
const volume = (targetPath: string) => ({
  ...{ volumeId: 'v', targetPath, readonly: true },
  volumeContext: { artefact },
});
const call = { cancelled: false };

function makeService() {
  const done: string[] = [];
  const binding = Promise.withResolvers<void>();
  const service = new VolumeService({
    obtain: async () => '/store/file',
    obtainToolchain: async () => '/store/folder',
    bindFile: async (_, target) => {
      if (target === one) await binding.promise;
      done.push(`bound ${target}`);
    },
    unbindFile: async (target) => {
      done.push(`unbound ${target}`);
    },
    kubeletDir: '/kubelet',
  });
  return { service, done, binding };
}

test('calls for one target follow each other, and hold up no other', async () => {
  const { service, done, binding } = makeService();
  const published = service.publish(volume(one), call);
  await service.publish(volume(other), call);
  const unpublished = service.unpublish(volume(one));
  await service.unpublish(volume(other));
  expect(done).toEqual([`bound ${other}`, `unbound ${other}`]);
  binding.resolve();
  await Promise.all([published, unpublished]);
  expect(done.slice(2)).toEqual([`bound ${one}`, `unbound ${one}`]);
});

test('a call that fails holds up no later one', async () => {
  const { service, done, binding } = makeService();
  const published = service.publish(volume(one), call);
  const unpublished = service.unpublish(volume(one));
  binding.reject(new Error('no'));
  await expect(published).rejects.toThrow('no');
  await unpublished;
  expect(done).toEqual([`unbound ${one}`]);
});

test('a call that was given up while it waited mounts nothing', async () => {
  const { service, done, binding } = makeService();
  const first = service.publish(volume(one), call);
  const given = { cancelled: false };
  const second = service.publish(volume(one), given);
  given.cancelled = true;
  binding.resolve();
  await first;
  await expect(second).rejects.toMatchObject({ code: 'node.call-cancelled' });
  expect(done).toEqual([`bound ${one}`]);
});
