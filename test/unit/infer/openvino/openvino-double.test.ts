import { join } from 'node:path';
import { expect, it } from 'vitest';
import { numbersByVersion } from '../../../../src/infer/openvino/element-types.node.js';
import {
  openVinoFunctions,
  openVinoTypes,
  optionalOpenVinoFunctions,
} from '../../../../src/infer/openvino/openvino-api.js';
import { OpenVinoLibrary } from '../../../../src/infer/openvino/openvino-library.node.js';
import { describeWith } from '../../../assets.js';
import { buildOpenVinoDouble, doubleHeader, haveCompiler, plainC, runC } from '../../../openvino-double.js';
import { havePython, pythonModuleFolder } from '../../../python.js';

const printLayouts = `int main(void) {
${Object.entries(openVinoTypes.structs)
  .map(([name, fields]) => {
    const parts = Object.keys(fields).map((field) => `printf("${name}.${field} %zu\\n", offsetof(${name}, ${field}));`);
    return [`printf("${name} %zu\\n", sizeof(${name}));`, ...parts].join('\n');
  })
  .join('\n')}
}`;

describeWith('the double of OpenVINO', haveCompiler, 'gcc', () => {
  it('has the layouts that the FFI has', async () => {
    const { ffi } = await OpenVinoLibrary.open(await buildOpenVinoDouble());
    const ours = Object.entries(openVinoTypes.structs).flatMap(([name, fields]) => [
      `${name} ${ffi.sizeof(name)}`,
      ...Object.keys(fields).map((field) => `${name}.${field} ${ffi.offsetof(name, field)}`),
    ]);
    const theirs = await runC(`#include <stdio.h>\n${doubleHeader()}\n${printLayouts}`);
    expect(theirs.trim().split('\n')).toEqual(ours);
  });

  it.skipIf(!havePython('openvino'))('has the prototypes and layouts of the vendor’s own headers', async () => {
    const include = join(pythonModuleFolder('openvino'), 'include');
    const head = '#include <stdio.h>\n#include <stddef.h>\n#include "openvino/c/openvino.h"';
    // A prototype that is not the header's does not compile.
    const again = [...openVinoFunctions, ...optionalOpenVinoFunctions].map((each) => `${plainC(each)};`);
    const enums = Object.entries(openVinoTypes.enums).map(
      ([name, type]) => `_Static_assert(sizeof(${name}) == sizeof(${type}), "${name}");`,
    );
    const theirs = await runC([head, ...again, ...enums, printLayouts].join('\n'), [`-I${include}`]);
    expect(theirs).toBe(await runC(`#include <stdio.h>\n${doubleHeader()}\n${printLayouts}`));
    const wrong = 'ov_status_e ov_infer_request_infer(ov_core_t *request);';
    await expect(runC([head, wrong, printLayouts].join('\n'), [`-I${include}`])).rejects.toThrow(/conflicting types/);
  });

  it.each(['2024.0.0', '2024.4.0', '2025.0.0', '2025.1.0', '2026.4.1'])(
    'numbers element types as %s does, and the table by version agrees',
    async (version) => {
      const asked = await OpenVinoLibrary.open(await buildOpenVinoDouble(`version=${version}`));
      const told = await OpenVinoLibrary.open(await buildOpenVinoDouble(`version=${version} refuse-types`));
      for (const [name, number] of Object.entries(numbersByVersion(version))) {
        expect(asked.elementTypes.typeOf(number)).toMatchObject({ name });
        expect(told.elementTypes.typeOf(number)).toMatchObject({ name });
      }
      expect(asked.elementTypes.numberOf('float32')).toBe(version >= '2025.1' ? 4 : 5);
    },
  );

  it.each([['2023.3.0'], ['2022.3.1'], ['custom_master_abc']])('is refused as version %s', async (version) => {
    const library = await buildOpenVinoDouble(`version=${version}`);
    await expect(OpenVinoLibrary.open(library)).rejects.toMatchObject({
      code: 'ERR_UNSUPPORTED',
      expected: 'the C library of OpenVINO 2024.0 or newer',
      received: expect.stringContaining(version),
      remedy: expect.stringContaining('REFLEXARC_OPENVINO_LIBRARY'),
    });
  });
});
