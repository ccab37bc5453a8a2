/** What this program was built from; `npm run build` fills both in. */
declare const BUILD_ID: string | undefined;
declare const VERSION: string | undefined;

/** Twelve hexadecimal digits of the digest of the built code; "source" when it runs unbuilt. */
export const buildId = typeof BUILD_ID === 'string' ? BUILD_ID : 'source';
export const version = typeof VERSION === 'string' ? VERSION : '0.0.0';
