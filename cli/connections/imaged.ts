import { ImageServiceService } from '../../gen/banger/imaged/v1/image_service.js';
import { type Paths, socketPath } from '../../lib/paths.js';
import { createClient } from '../../lib/rpc/client.js';

export const connect = (paths: Paths) => createClient(ImageServiceService, 'imaged', socketPath(paths, 'imaged'));
