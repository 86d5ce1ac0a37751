import { expect, it } from 'vitest';
import { describeWithPython, python } from '../python.js';

// As it was built: one of its contenders runs in a child, a process of Node that needs JavaScript.
const built = new URL('../../dist/cli/bench-openvino.node.js', import.meta.url).href;
const { benchOpenVino }: typeof import('../../src/cli/bench-openvino.node.js') = await import(built);

describeWithPython('bench of openvino beside its Python', ['openvino'], () => {
  it('compares the results, then gives medians and the difference of pairs', async () => {
    const { n, figures } = await benchOpenVino({ samples: 4, python });
    expect(n).toBe(4);
    expect(figures.map(({ name, unit, limit }) => [name, unit, limit])).toEqual([
      ['openvino, one slot', 'ms', undefined],
      ['openvino, two slots', 'ms', undefined],
      ["openvino, the library's call in a child", 'ms', undefined],
      ['openvino, inference through the bridge', 'ms', undefined],
      ["OpenVINO's Python", 'ms', undefined],
      ['one slot − Python', 'µs', 100],
      ['two slots − Python', 'µs', 100],
      ["the library's call in a child − Python", 'µs', 100],
      ['inference through the bridge − Python', 'µs', undefined],
      ['bridge, there and back', 'µs', undefined],
      ['of that, there', 'µs', undefined],
      ['one slot / Python', '×', undefined],
    ]);
    for (const { value } of figures) expect(value).toSatisfy(Number.isFinite);
    const [inChild, through, bridge, there] = [2, 3, 9, 10].map((place) => figures[place]?.value ?? 0);
    expect(through).toBeGreaterThan(inChild);
    expect(bridge).toBeGreaterThan(there);
    expect(there).toBeGreaterThan(0);
  });

  it('says what it needs where that is not there', async () => {
    await expect(benchOpenVino({ samples: 1, python: '/no/such/python' })).rejects.toMatchObject({
      code: 'ERR_UNSUPPORTED',
      expected: 'Python with the package openvino',
      received: expect.stringContaining('/no/such/python'),
    });
  });

  it('gives up with its signal', async () => {
    const reason = new Error('enough');
    const stopped = benchOpenVino({ samples: 1, python, signal: AbortSignal.abort(reason) });
    await expect(stopped).rejects.toBe(reason);
  });
});
