/** Tiles of the checksum database have 2^8 hashes each. */
export const tileHeight = 8;
const tileWidth = 2 ** tileHeight;
const hashBytes = 32;

/** A tile: `width` neighbouring hashes of tree level `8 * level`, from `256 * index` on. */
export interface Tile {
  readonly level: number;
  readonly index: number;
  /** 1…256; less than 256 only at the right edge of the tree. */
  readonly width: number;
}

/** Bytes that a tile has. */
export function tileBytes({ width }: Tile): number {
  return width * hashBytes;
}

/** The path of a tile below the database's address: `tile/8/0/x123/456.p/7`. @see golang.org/x/mod/sumdb/tlog Tile.Path */
export function tilePath({ level, index, width }: Tile): string {
  const digits = String(index).padStart(Math.ceil(String(index).length / 3) * 3, '0');
  const groups = digits.match(/\d{3}/g) ?? [];
  const name = groups.map((group, i) => (i < groups.length - 1 ? `x${group}` : group)).join('/');
  return `tile/${tileHeight}/${level}/${name}${width === tileWidth ? '' : `.p/${width}`}`;
}

/** The same tile when it is full: what a database keeps of a part once the tree has grown. */
export function fullTile(tile: Tile): Tile {
  return { ...tile, width: tileWidth };
}

/** The tile at a place in a tree of `size` records, as wide as the tree has it; `undefined` where the tree has none. */
export function tileAt(size: number, level: number, index: number): Tile | undefined {
  const hashes = Math.floor(size / 2 ** (tileHeight * level));
  const width = Math.min(tileWidth, hashes - index * tileWidth);
  return width > 0 ? { level, index, width } : undefined;
}

/** The part-filled tiles at the right edge of a tree of `size` records, one a level at most, top level first. */
export function edgeTiles(size: number): Tile[] {
  const tiles: Tile[] = [];
  for (let level = 0; size / 2 ** (tileHeight * level) >= 1; level++) {
    const hashes = Math.floor(size / 2 ** (tileHeight * level));
    const width = hashes % tileWidth;
    if (width > 0) tiles.unshift({ level, index: Math.floor(hashes / tileWidth), width });
  }
  return tiles;
}

/** Hashes `from` … `from + count` of a tile's bytes. */
export function hashesOf(bytes: Uint8Array, from: number, count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, i) =>
    bytes.subarray((from + i) * hashBytes, (from + i + 1) * hashBytes),
  );
}
