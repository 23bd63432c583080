/** A MariaDB of its own, in the stage's folder, with the users `live` and `other`, whose passwords are their names. */
import type { Stage } from "../harness.ts";
import type { Programs } from "../programs.ts";

export const MARIADB_PROGRAMS: Programs = { mariadbd: "mariadb-server", "mariadb-install-db": "mariadb-server" };

/** Starts it on a port of 127.0.0.1. */
export async function startMariadb(stage: Stage, port: number): Promise<void> {
  const data = stage.path("data");
  const asUser = Deno.uid() === 0 ? ["--user=root"] : [];
  const fresh = ["--auth-root-authentication-method=normal", "--skip-test-db"];
  await stage.run("mariadb-install-db", ["--no-defaults", ...asUser, `--datadir=${data}`, ...fresh]);
  const users = await stage.write(
    "users.sql",
    "CREATE DATABASE live;\n" +
      ["live", "other"].map((user) =>
        `CREATE USER ${user}@'127.0.0.1' IDENTIFIED BY '${user}';\nGRANT ALL ON *.* TO ${user}@'127.0.0.1';\n`
      ).join(""),
  );
  const server = await stage.start("mariadbd", "mariadbd", [
    "--no-defaults",
    ...asUser,
    ...[`--datadir=${data}`, `--socket=${data}/s`, `--pid-file=${data}/pid`, `--port=${port}`, `--init-file=${users}`],
    ...["--bind-address=127.0.0.1", "--skip-log-bin", "--skip-name-resolve", "--innodb-buffer-pool-size=32M"],
    ...["--local-infile=1", "--character-set-server=utf8mb4"],
  ]);
  await server.said("ready for connections");
}
