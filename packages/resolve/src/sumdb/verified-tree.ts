import { GofleetError } from '@gofleet/base/errors';
import { completeNodes, hashComplete, hashRecord, hashTree, type TreeNode } from './merkle.ts';
import { edgeTiles, hashesOf, type Tile, tileAt, tileBytes, tileHeight, tilePath } from './tile.ts';
import type { TreeHead } from './tree-head.ts';

/** Where tiles come from. */
export interface TileSource {
  /** The bytes of a tile, from anywhere: nothing of it is believed yet. */
  read(tile: Tile): Promise<Uint8Array>;
  /** Told of each tile once it is proved to be part of the tree. */
  keep(tile: Tile, bytes: Uint8Array): Promise<void>;
}

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

function inconsistent(what: string, head: TreeHead): GofleetError {
  return new GofleetError('resolve.forged-tree', `the checksum database contradicts itself: ${what}`, {
    facts: { treeSize: head.size, treeHash: Buffer.from(head.hash).toString('base64') },
    hint: 'nothing was installed; somebody between here and the database changes answers: try another GOPROXY, and report it',
  });
}

/**
 * The tree that a signed head stands for, read in tiles. A hash is handed out only after the chain of tiles from it up to the
 * head was hashed: every byte of the tiles at the right edge goes into the head itself, every other tile is full and has its
 * hash in the tile above.
 * @see https://research.swtch.com/tlog#authenticating_tiles
 */
export class VerifiedTree {
  readonly head: TreeHead;
  readonly #source: TileSource;
  readonly #raw = new Map<string, Promise<Uint8Array>>();
  readonly #proved = new Map<string, Promise<Uint8Array>>();
  #edge: Promise<void> | undefined;

  constructor(head: TreeHead, source: TileSource) {
    this.head = head;
    this.#source = source;
  }

  /**
   * Proves that a record is number `id` of the log.
   * @throws `resolve.forged-tree`, and what the source throws
   */
  async checkRecord(id: number, record: string): Promise<void> {
    if (id >= this.head.size)
      throw inconsistent(`record ${id} is not in a tree of ${this.head.size}`, this.head);
    const found = await this.#hashOf({ level: 0, index: id });
    if (!sameBytes(found, hashRecord(record))) {
      throw inconsistent(`record ${id} is not the one that the log has there`, this.head);
    }
  }

  /**
   * Proves that an older tree is the beginning of this one.
   * @throws `resolve.forged-tree`, and what the source throws
   */
  async checkBeginsWith(older: TreeHead): Promise<void> {
    if (older.size > this.head.size) throw inconsistent(`a tree of ${older.size} is no beginning`, this.head);
    const hashes = await Promise.all(completeNodes(older.size).map((node) => this.#hashOf(node)));
    if (!sameBytes(hashTree(hashes), older.hash)) {
      throw inconsistent(
        `its tree of ${this.head.size} records does not begin with that of ${older.size}`,
        this.head,
      );
    }
  }

  async #hashOf({ level, index }: TreeNode): Promise<Uint8Array> {
    const tileLevel = Math.floor(level / tileHeight);
    const count = 2 ** (level % tileHeight);
    const first = index * count;
    const tileIndex = Math.floor(first / 2 ** tileHeight);
    const bytes = await this.#provedTile(this.#tile(tileLevel, tileIndex));
    return hashComplete(hashesOf(bytes, first % 2 ** tileHeight, count));
  }

  #tile(level: number, index: number): Tile {
    const tile = tileAt(this.head.size, level, index);
    if (tile) return tile;
    throw inconsistent(`its tree of ${this.head.size} has no tile ${level}/${index}`, this.head);
  }

  #provedTile(tile: Tile): Promise<Uint8Array> {
    const path = tilePath(tile);
    const known = this.#proved.get(path) ?? this.#prove(tile);
    this.#proved.set(path, known);
    return known;
  }

  async #prove(tile: Tile): Promise<Uint8Array> {
    const raw = this.#rawTile(tile);
    // Asked for before it is awaited, so that the whole chain is fetched at once.
    const parent = tile.width < 2 ** tileHeight ? this.#proveEdge() : this.#hashAbove(tile);
    const [bytes, above] = await Promise.all([raw, parent]);
    if (above && !sameBytes(hashComplete(hashesOf(bytes, 0, tile.width)), above)) {
      throw inconsistent(`${tilePath(tile)} is not the tile that the tree has there`, this.head);
    }
    if (above) await this.#source.keep(tile, bytes);
    return bytes;
  }

  async #hashAbove({ level, index }: Tile): Promise<Uint8Array> {
    return this.#hashOf({ level: (level + 1) * tileHeight, index });
  }

  /** Proves all part-filled tiles together: their hashes make up the head. */
  #proveEdge(): Promise<void> {
    this.#edge ??= this.#hashEdge();
    return this.#edge;
  }

  async #hashEdge(): Promise<void> {
    const tiles = edgeTiles(this.head.size);
    const contents = await Promise.all(tiles.map((tile) => this.#rawTile(tile)));
    const hashes = tiles.flatMap(({ width }, i) =>
      completeNodes(width).map(({ level, index }) =>
        hashComplete(hashesOf(contents[i] as Uint8Array, index * 2 ** level, 2 ** level)),
      ),
    );
    if (!sameBytes(hashTree(hashes), this.head.hash)) {
      throw inconsistent(`its tiles do not make up the signed tree of ${this.head.size} records`, this.head);
    }
    await Promise.all(tiles.map((tile, i) => this.#source.keep(tile, contents[i] as Uint8Array)));
  }

  #rawTile(tile: Tile): Promise<Uint8Array> {
    const path = tilePath(tile);
    const known = this.#raw.get(path) ?? this.#readTile(tile);
    this.#raw.set(path, known);
    return known;
  }

  async #readTile(tile: Tile): Promise<Uint8Array> {
    const bytes = await this.#source.read(tile);
    if (bytes.length >= tileBytes(tile)) return bytes.subarray(0, tileBytes(tile));
    throw inconsistent(
      `${tilePath(tile)} has ${bytes.length} bytes instead of ${tileBytes(tile)}`,
      this.head,
    );
  }
}
