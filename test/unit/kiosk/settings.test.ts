import { describe, expect, it } from 'vitest';
import { readSettings, type Settings, serializeSettings } from '../../../examples/kiosk/settings.js';

const usual = readSettings('', null).settings;

describe('readSettings', () => {
  it('begins with the synthetic source and does not start by itself', () => {
    const { settings, autostart, ignored } = readSettings('', null);
    expect(settings).toMatchObject({ source: 'synthetic', width: 1280, height: 720, frameRate: 30, deadlineMs: 100 });
    expect([autostart, ignored]).toEqual([false, []]);
  });

  it('reads the address, in which plain sizes are those of the chosen source', () => {
    const camera = readSettings('?source=camera&deviceId=ab%2Bc&width=1920&height=1080&frameRate=60&autostart=1', null);
    expect(camera.settings).toMatchObject({
      source: 'camera',
      deviceId: 'ab+c',
      cameraWidth: 1920,
      cameraHeight: 1080,
      cameraRate: 60,
      width: usual.width,
    });
    expect(camera.autostart).toBe(true);
    expect(readSettings('?keys=0&hints=no', null).settings).toMatchObject({ keys: false, hints: false });
    expect(readSettings('?width=640&mirrored&desk=0', null).settings).toMatchObject({
      width: 640,
      cameraWidth: 0,
      mirrored: true,
      desk: false,
    });
  });

  it('reads what is looked at on a host, and takes hosts of this machine alone', () => {
    const { settings, ignored } = readSettings(
      '?source=host&camera=line-1&runtime=onnx-native,openvino&host=http%3A%2F%2F127.0.0.1%3A7381%2F',
      null,
    );
    expect(settings).toMatchObject({ source: 'host', camera: 'line-1', runtime: 'onnx-native,openvino' });
    expect(settings.host).toBe('http://127.0.0.1:7381');
    expect(ignored).toEqual([]);
    const devices = 'openvino:AUTO:GPU,CPU,openvino:CPU,onnx-native';
    expect(readSettings(`?runtime=${devices}`, null).settings.runtime).toBe(devices);
    const refused = [
      'runtime=tensorrt',
      'runtime=openvino,openvino',
      'runtime=openvino:',
      'host=http://evil.example:7381',
      'host=file:///x',
    ];
    const other = readSettings(`?${refused.join('&')}`, null);
    expect(other.ignored).toEqual(refused);
    expect(other.settings).toEqual(usual);
    expect(readSettings('', serializeSettings(settings)).settings).toMatchObject({ source: 'host', camera: 'line-1' });
  });

  it('says what it does not understand, and keeps the usual value', () => {
    const { settings, ignored } = readSettings(
      '?seed=-1&noise=&fit=stretch&speed=fast&width=64.5&what=1&toString=1',
      null,
    );
    expect(ignored).toEqual(['seed=-1', 'noise=', 'fit=stretch', 'speed=fast', 'width=64.5', 'what=1', 'toString=1']);
    expect(settings).toEqual(usual);
  });

  it.each([['?autostart=0'], ['?autostart=no'], ['?autostart=maybe']])('does not start with %s', (search) => {
    expect(readSettings(search, null).autostart).toBe(false);
  });

  it('remembers what was stored, the address first', () => {
    const stored = serializeSettings({ ...usual, source: 'camera', deviceId: 'x', seed: 9, theme: 'dark' });
    expect(readSettings('', stored).settings).toMatchObject({
      source: 'camera',
      deviceId: 'x',
      seed: 9,
      theme: 'dark',
    });
    expect(readSettings('?seed=3&source=synthetic', stored).settings).toMatchObject({ source: 'synthetic', seed: 3 });
  });

  it('cannot open a file again by itself', () => {
    expect(readSettings('', serializeSettings({ ...usual, source: 'file' })).settings.source).toBe('synthetic');
    const asked = readSettings('?source=file&autostart=1', null);
    expect(asked.settings.source).toBe('synthetic');
    expect(asked.ignored).toEqual(['source=file']);
  });

  it.each([['{'], ['null'], ['7'], ['[]'], ['{"seed":"many","fit":{},"threads":-4,"width":null,"evil":1}']])(
    'is not misled by %s in the storage',
    (stored) => {
      expect(readSettings('', stored).settings).toEqual(usual satisfies Settings);
    },
  );
});
