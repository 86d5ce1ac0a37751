import './worker-clock.js';
import '../../../src/pipeline/intake-worker.web.js';

// The worker of a page with a clock before it: imports run in order.
