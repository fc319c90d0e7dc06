/** Where this program writes when nobody says otherwise: runs and cache, below the working directory. */
export const OWN_FOLDER = ".greentic";
