// Reads {"name": "SELECT …", …} from stdin and prints {"name": [row, …], …}.
// Integers of more than 53 bits are printed as strings.
import { DuckDBInstance } from '@duckdb/node-api';
import { text } from 'node:stream/consumers';

const queries = JSON.parse(await text(process.stdin));
const instance = await DuckDBInstance.create(':memory:');
const connection = await instance.connect();
await connection.run("SET TimeZone = 'UTC'");
const results = {};
for (const [name, sql] of Object.entries(queries)) {
  try {
    const reader = await connection.runAndReadAll(sql);
    results[name] = reader.getRowObjectsJson();
  } catch (error) {
    console.error(`query ${name}: ${error.message}\n${sql}`);
    process.exit(1);
  }
}
process.stdout.write(JSON.stringify(results));
