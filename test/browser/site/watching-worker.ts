import './note-posts.js';
import '../../../src/pipeline/intake-worker.web.js';

// The worker of a page, which notes what it sends: imports run in order.
