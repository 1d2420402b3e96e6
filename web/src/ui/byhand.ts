// What is asked for by hand and not needed before: one script for all of it, since each script of
// its own would break what the page loads first into more files.
export {Help} from './Help.tsx';
export {ChartData} from '../chart/ChartData.tsx';
export {savePicture} from '../chart/picture.ts';
