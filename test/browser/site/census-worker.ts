import './thread-census.js';
import '../../../src/pipeline/intake-worker.web.js';

// The worker of a page with a census before it: imports run in order.
