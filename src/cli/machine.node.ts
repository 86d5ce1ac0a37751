import os from 'node:os';

/** The machine that figures were taken on, without its name. */
export interface Machine {
  cpu: string;
  cores: number;
  architecture: string;
  platform: string;
  node: string;
}

/** What can be told of this machine. */
export function describeMachine(): Machine {
  const cpus = os.cpus();
  return {
    cpu: cpus[0]?.model.trim() ?? 'unknown',
    cores: cpus.length,
    architecture: process.arch,
    platform: process.platform,
    node: process.versions.node,
  };
}
