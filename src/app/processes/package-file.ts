import { findPackageJSON } from 'node:module';

/** Our `package.json`: above the sources in a checkout, above the bundled program in an installed package. */
export const PACKAGE_FILE = findPackageJSON(import.meta.url) ?? '';
