/** Where this program writes when nobody says otherwise: runs and cache, below the working directory. */
export const OWN_FOLDER = ".greentic";

/** Where the directories of runs are made unless they are named. */
export const RUNS_FOLDER: string = `${OWN_FOLDER}/runs`;

/** Where prepared components are kept unless another folder is named. */
export const CACHE_FOLDER: string = `${OWN_FOLDER}/cache`;
