/**
 * Pairs rows with columns so that the sum of the values of all pairs is greatest. Each row and each column is in at
 * most one pair; pairs of value 0 are left out. Equal sums are settled by index alone, so that the same values always
 * give the same pairs. Keeps its working memory between calls.
 * @source H. W. Kuhn, The Hungarian Method, 1955, by shortest augmenting paths with potentials (R. Jonker and
 *   A. Volgenant, 1987), O(rows² · columns); test/unit/track/assignment.test.ts compares it with all permutations.
 */
export class Assignment {
  // Index 0 stands for "none"; rows and columns count from 1.
  #rowPotential = new Float64Array(0);
  #columnPotential = new Float64Array(0);
  #rowOf = new Int32Array(0);
  #previous = new Int32Array(0);
  #slack = new Float64Array(0);
  #visited = new Uint8Array(0);

  /**
   * @param values `rows × columns` values, row by row, finite and at least 0.
   * @param pairs written: the column of each row, or −1; at least `rows` long.
   */
  solve(values: Float64Array, rows: number, columns: number, pairs: Int32Array): void {
    pairs.fill(-1, 0, rows);
    if (rows === 0 || columns === 0) return;
    // The method wants at least as many columns as rows.
    const turned = rows > columns;
    const [short, long] = turned ? [columns, rows] : [rows, columns];
    const valueAt = (row: number, column: number) => values[turned ? column * columns + row : row * columns + column];
    this.#reserve(long + 1);
    this.#rowPotential.fill(0, 0, short + 1);
    this.#columnPotential.fill(0, 0, long + 1);
    this.#rowOf.fill(0, 0, long + 1);
    for (let row = 1; row <= short; row++) this.#insert(row, long, valueAt);
    for (let column = 1; column <= long; column++) {
      const row = this.#rowOf[column];
      if (row === 0 || valueAt(row - 1, column - 1) === 0) continue;
      if (turned) pairs[column - 1] = row - 1;
      else pairs[row - 1] = column - 1;
    }
  }

  /** Finds the cheapest way to give `row` a column, moving rows that have one already along the way. */
  #insert(row: number, columns: number, valueAt: (row: number, column: number) => number): void {
    const rowPotential = this.#rowPotential;
    const columnPotential = this.#columnPotential;
    const rowOf = this.#rowOf;
    const slack = this.#slack.fill(Number.POSITIVE_INFINITY, 0, columns + 1);
    const visited = this.#visited.fill(0, 0, columns + 1);
    rowOf[0] = row;
    let column = 0;
    do {
      visited[column] = 1;
      const current = rowOf[column];
      let step = Number.POSITIVE_INFINITY;
      let next = 0;
      for (let j = 1; j <= columns; j++) {
        if (visited[j]) continue;
        // The greatest value is the least cost.
        const reduced = -valueAt(current - 1, j - 1) - rowPotential[current] - columnPotential[j];
        if (reduced < slack[j]) {
          slack[j] = reduced;
          this.#previous[j] = column;
        }
        if (slack[j] < step) {
          step = slack[j];
          next = j;
        }
      }
      for (let j = 0; j <= columns; j++) {
        if (visited[j]) {
          rowPotential[rowOf[j]] += step;
          columnPotential[j] -= step;
        } else {
          slack[j] -= step;
        }
      }
      column = next;
    } while (rowOf[column] !== 0);
    while (column !== 0) {
      const before = this.#previous[column];
      rowOf[column] = rowOf[before];
      column = before;
    }
  }

  #reserve(size: number): void {
    if (this.#slack.length >= size) return;
    const room = Math.max(16, 2 * size);
    this.#rowPotential = new Float64Array(room);
    this.#columnPotential = new Float64Array(room);
    this.#slack = new Float64Array(room);
    this.#rowOf = new Int32Array(room);
    this.#previous = new Int32Array(room);
    this.#visited = new Uint8Array(room);
  }
}
