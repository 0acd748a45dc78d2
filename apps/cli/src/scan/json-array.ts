/** More elements than anybody reads are printed a line each, which takes half the time. */
const maxIndented = 100;
/** What is written at once: as much as a pipe takes. */
const chunkLength = 64 << 10;

/**
 * Prints an array of JSON values: a few of them indented, many a line each and while they come, so that memory does not grow with
 * their number and whoever reads them need not wait.
 */
export class JsonArray {
  readonly #write: (text: string) => void;
  #first: string[] | undefined = [];
  #text = '';

  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  /** Adds a value, given as JSON without line breaks. */
  add(json: string): void {
    if (this.#first && this.#first.length < maxIndented) {
      this.#first.push(json);
      return;
    }
    if (this.#first) {
      this.#text = `[\n${this.#first.join(',\n')}`;
      this.#first = undefined;
    }
    this.#text += `,\n${json}`;
    if (this.#text.length >= chunkLength) this.#flush();
  }

  /** Ends the array. */
  end(): void {
    const all = this.#first?.map((json): unknown => JSON.parse(json));
    this.#text += all ? `${JSON.stringify(all, null, 2)}\n` : '\n]\n';
    this.#flush();
  }

  #flush(): void {
    this.#write(this.#text);
    this.#text = '';
  }
}
