/**
 * A RabbitMQ node of its own: name, ports, port mapper and folder. Nothing of the system's installation is touched.
 *
 * https://www.rabbitmq.com/docs/configure
 */
import type { Stage } from "../stage.ts";

/** Debian's program in the search path changes to a user and a folder of its own; this is what it calls. */
const SERVER = "/usr/lib/rabbitmq/bin/rabbitmq-server";

/** What the server offers in Tune, in seconds; a client may ask for less. */
const HEARTBEAT_S = 60;

const CONFIG = `
heartbeat = ${HEARTBEAT_S}
log.file = false
log.console = true
log.console.level = info
vm_memory_high_watermark.absolute = 512MiB
disk_free_limit.absolute = 50MB
`;

/** Starts a node, and waits until clients may come. Returns the port for them. */
export async function startRabbitMq(stage: Stage): Promise<number> {
  const port = await stage.freePort(), distribution = await stage.freePort(), mapper = await stage.freePort();
  const config = await stage.write("rabbitmq/rabbitmq.conf", CONFIG);
  const plugins = await stage.write("rabbitmq/enabled_plugins", "[].");
  const epmd = await stage.start("epmd", "epmd", ["-address", "127.0.0.1", "-port", `${mapper}`]);
  await epmd.listens(mapper);
  const node = await stage.start("rabbitmq", SERVER, [], {
    env: {
      HOME: stage.path("rabbitmq"), // of the cookie
      ERL_EPMD_ADDRESS: "127.0.0.1",
      ERL_EPMD_PORT: `${mapper}`,
      RABBITMQ_NODENAME: "live@localhost",
      RABBITMQ_NODE_IP_ADDRESS: "127.0.0.1",
      RABBITMQ_NODE_PORT: `${port}`,
      RABBITMQ_DIST_PORT: `${distribution}`,
      RABBITMQ_MNESIA_BASE: stage.path("rabbitmq/mnesia"),
      RABBITMQ_LOG_BASE: stage.path("rabbitmq/log"),
      RABBITMQ_ENABLED_PLUGINS_FILE: plugins,
      RABBITMQ_CONFIG_FILE: config,
      RABBITMQ_CONF_ENV_FILE: "/dev/null",
      RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: "+sbwt none -kernel inet_dist_use_interface {127,0,0,1}",
      RUNNING_UNDER_SYSTEMD: "true", // the script becomes the node, and the process id is the node's
    },
  });
  await node.said("Server startup complete");
  return port;
}
