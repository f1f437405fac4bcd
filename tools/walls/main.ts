/** Prints every breach of the walls; exit code 1 when there is one. */
import { fileURLToPath } from 'node:url';
import { readHouse } from './house.ts';
import { allWalls } from './wall.ts';

const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');
const house = readHouse(root);
const violations = await allWalls(house, `${root}/node_modules/.bin/tsc`);
for (const { wall, at, what } of violations) console.log(`${wall.padEnd(12)} ${at}  ${what}`);
console.log(
  `walls: ${violations.length} breaches in ${house.sources.length} files of ${house.units.length} workspaces`,
);
process.exitCode = violations.length === 0 ? 0 : 1;
