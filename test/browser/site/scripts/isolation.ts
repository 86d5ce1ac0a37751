import { probeIsolation } from '../../../../src/core/isolation.web.js';

export { probeIsolation };
