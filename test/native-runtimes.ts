import { createRequire } from 'node:module';
import { describeWith } from './assets.js';
import { openVinoLibrary } from './openvino.js';
import { havePython } from './python.js';

/** A runtime whose library is a vendor's. */
export type NativeRuntime = 'onnx-native' | 'openvino';

function isInstalled(name: string): boolean {
  try {
    createRequire(import.meta.url).resolve(name);
    return true;
  } catch {
    return false;
  }
}

const needs: Record<NativeRuntime, [available: boolean, what: string]> = {
  'onnx-native': [isInstalled('koffi') && isInstalled('onnxruntime-node'), 'koffi and onnxruntime-node'],
  openvino: [isInstalled('koffi') && havePython('openvino'), 'koffi and Python with openvino'],
};

/**
 * A `describe` that needs a native runtime: skipped by name where it is not installed, failing where it is required. What is
 * installed and does not work fails its tests.
 */
export function describeWithNative(runtime: NativeRuntime, name: string, body: () => void): void {
  const [available, what] = needs[runtime];
  describeWith(name, available, what, body);
}

/** What a process needs to find the libraries: the package of Python that the references come from brings OpenVINO along. */
export function nativeEnvironment(): Record<string, string> {
  return havePython('openvino') ? { REFLEXARC_OPENVINO_LIBRARY: openVinoLibrary() } : {};
}
