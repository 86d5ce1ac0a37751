import { noMediaDevices } from './media-error.web.js';

/** A camera of the page's machine. */
export interface CameraInfo {
  /** To name in a definition; stays the same for this site while its permission lasts. */
  deviceId: string;
  /** The camera's name; empty before permission was given once. */
  label: string;
  facingMode?: 'user' | 'environment';
  /** Largest size in px and highest rate in frames per second, where the browser tells without opening it. */
  maxWidth?: number;
  maxHeight?: number;
  maxFrameRate?: number;
}

/**
 * Cameras of this machine. Asks nobody: before permission was given once, browsers tell that there is a camera, but
 * neither its name nor its id.
 * @throws {UnsupportedError} ERR_UNSUPPORTED on an insecure page.
 */
export async function listCameras(): Promise<CameraInfo[]> {
  const devices = globalThis.navigator?.mediaDevices;
  if (!devices?.enumerateDevices) throw noMediaDevices('camera');
  const found = await devices.enumerateDevices();
  return found.filter(({ kind }) => kind === 'videoinput').map(describe);
}

function describe(device: MediaDeviceInfo): CameraInfo {
  const { deviceId, label } = device;
  // Not every browser tells what a camera can do.
  const able = (device as Partial<InputDeviceInfo>).getCapabilities?.() ?? {};
  const facingMode = able.facingMode?.find((mode) => mode === 'user' || mode === 'environment');
  return {
    deviceId,
    label,
    ...(facingMode ? { facingMode: facingMode as 'user' | 'environment' } : {}),
    ...(able.width?.max ? { maxWidth: able.width.max } : {}),
    ...(able.height?.max ? { maxHeight: able.height.max } : {}),
    ...(able.frameRate?.max ? { maxFrameRate: able.frameRate.max } : {}),
  };
}
