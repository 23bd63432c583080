/** A small shop: nginx, Redis and PostgreSQL on loopback, each asked by its own client at a bounded rate. */
import { startCluster } from "../live/postgres/cluster.ts";
import type { Stage } from "../live/stage.ts";

/** Programs with the Debian package of each. */
export const PROGRAMS = {
  nginx: "nginx-light",
  wrk: "wrk",
  "redis-server": "redis-server",
  "redis-cli": "redis-tools",
  pgbench: "postgresql",
  psql: "postgresql-client",
  setpriv: "util-linux",
  tmux: "tmux",
};

/** Lets the clients of a server in. */
type Opening = () => Promise<void>;

export interface Shop {
  /** For packetd. */
  readonly rules: readonly string[];
  readonly open: Opening;
}

/** Starts the servers. */
export async function shopOf(stage: Stage): Promise<Shop> {
  const rules: string[] = [], openings: Opening[] = [];
  for (const [protocol, start] of Object.entries({ http: startWeb, redis: startCache, postgresql: startDatabase })) {
    const port = await stage.freePort();
    openings.push(await start(stage, port));
    rules.push(`${protocol};${port}`);
  }
  return {
    rules,
    async open() {
      for (const open of openings) await open();
    },
  };
}

/** Some requests fail, and exports are sent slowly. */
async function startWeb(stage: Stage, port: number): Promise<Opening> {
  await stage.write("www/exports/orders.csv", "order,item,price\n".repeat(4000));
  const config = await stage.write(
    "nginx.conf",
    `daemon off;
pid ${stage.directory}/nginx.pid;
error_log stderr crit;
user root;
events {}
http {
  access_log off;
  split_clients $request_id $outcome { 2% 503; 5% 404; * 200; }
  server {
    listen 127.0.0.1:${port};
    root ${stage.directory}/www;
    if ($outcome = 503) { return 503; }
    location /users/ { if ($outcome = 404) { return 404; } return 200 '{"name":"Ada"}'; }
    location = /checkout { return 201 '{"order":17}'; }
    location /exports/ { limit_rate 300k; }
    location / { return 200 'a page'; }
  }
}
`,
  );
  const server = await stage.start("nginx", "nginx", ["-c", config]);
  await server.listens(port);
  const script = await stage.write(
    "shop.lua",
    `local kinds = { "/users/%d", "/users/%d", "/users/%d/orders", "/search?q=shoes&page=%d", "/search?q=hats&page=%d" }
function delay() return math.random(10, 40 + 30 * math.sin(os.time() / 6)) end
function request()
  local n = math.random(1, 100000)
  if n % 20 == 0 then return wrk.format("POST", "/checkout", nil, "item=17") end
  if n % 50 == 1 then return wrk.format("GET", "/exports/orders.csv") end
  return wrk.format("GET", kinds[n % #kinds + 1]:format(n))
end
`,
  );
  const load = ["--threads", "1", "--connections", "6", "--duration", "10m", "--timeout", "10s", "--script", script];
  return async () => void await stage.start("wrk", "wrk", [...load, `http://127.0.0.1:${port}`]);
}

async function startCache(stage: Stage, port: number): Promise<Opening> {
  const server = await stage.start("redis", "redis-server", ["--port", `${port}`, "--bind", "127.0.0.1", "--save", ""]);
  await server.listens(port);
  await stage.run("redis-cli", ["-p", `${port}`, "RPUSH", "offers", ..."abcdefghij"]);
  const commands = [["0.007", "GET", "session:17"], ["0.05", "LRANGE", "offers", "0", "-1"]];
  return async () => {
    for (const [every, ...command] of commands) {
      await stage.start(`redis-cli-${command[0]}`, "redis-cli", ["-p", `${port}`, "-r", "-1", "-i", every, ...command]);
    }
  };
}

async function startDatabase(stage: Stage, port: number): Promise<Opening> {
  await startCluster(stage, [], "127.0.0.1", port, ["host all all 127.0.0.1/32 trust", "local all all trust"]);
  const client = ["-h", "127.0.0.1", "-p", `${port}`, "-U", "postgres"];
  await stage.run("psql", [...client, "-qc", SCHEMA]);
  const scripts: string[] = [];
  for (const [name, [weight, statement]] of Object.entries(STATEMENTS)) {
    const path = await stage.write(`${name}.sql`, `\\set n random(1, 20000)\n${statement};\n`);
    scripts.push("-f", `${path}@${weight}`);
  }
  const load = ["-n", "-c", "3", "-R", "60", "-T", "600", ...scripts];
  return async () => void await stage.start("pgbench", "pgbench", [...client, ...load, "postgres"]);
}

const SCHEMA = `
create table orders (id serial primary key, customer int, item int, price numeric);
insert into orders (customer, item, price) select n % 500, n % 90, n % 100 from generate_series(1, 20000) n;
create table stock (item int primary key, amount int);
insert into stock select n, 1000 from generate_series(1, 20000) n`;

/** How often each comes among all, and its text. */
const STATEMENTS = {
  one: [12, "select item, price from orders where id = :n"],
  list: [4, "select id, item, price from orders where customer = :n % 500 order by id desc limit 20"],
  best: [1, "select item, sum(price) from orders group by item order by 2 desc limit 10"],
  sell: [6, "update stock set amount = amount - 1 where item = :n"],
} as const;
