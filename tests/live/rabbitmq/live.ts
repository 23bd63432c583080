/** RabbitMQ: a node of its own, walked through by two clients of npm, loaded with confirms and acknowledgements of many. */
import { runClient } from "../client.ts";
import { drives } from "../driver.ts";
import type { Json, Line, LiveTest, Scene, Side, Stage, Step } from "../harness.ts";
import { startRabbitMq } from "./node.ts";

const LOAD = 10_000;
/** Round trips of two connections besides the load: opened, a channel each, what these are told, and closed. */
const OTHERS = 2 * 3 + 2 + 4 + 2;

async function set(stage: Stage): Promise<Scene> {
  const port = await startRabbitMq(stage);
  return {
    rules: [`amqp;${port}`],
    steps: [
      drives(stage, "rabbitmq/amqplib.ts", [`${port}`]),
      drives(stage, "rabbitmq/amqp_client.ts", [`${port}`]),
      load(stage, port),
    ],
  };
}

function load(stage: Stage, port: number): Step {
  return {
    name: `${LOAD} messages published with confirms, consumed with acknowledgements of many`,
    async run() {
      await runClient(stage, "rabbitmq/load.ts", [`${port}`, `${LOAD}`]);
      return (lines) => {
        const others = lines.length - 2 * LOAD;
        return [
          ...unlikeSent(lines, "Publish"),
          ...unlikeSent(lines, "Deliver"),
          ...others === OTHERS ? [] : [`${others} other round trips, expected ${OTHERS}`],
        ];
      };
    },
  };
}

/** Each message must be there once, known by its length, and acknowledged. */
function unlikeSent(lines: readonly Line[], method: string): string[] {
  const messages = lines.filter(({ Request }) => methodOf(Request) === method);
  const acknowledged = messages.filter(({ Response }) => Response !== null && methodOf(Response) === "Ack");
  const lengths = Map.groupBy(acknowledged, ({ Request }) => Request.Size);
  const counts = [...lengths.values()].map(({ length }) => length);
  return messages.length === LOAD && counts.length === 1000 && counts.every((count) => count === LOAD / 1000)
    ? []
    : [`${method}: ${messages.length} of ${LOAD}, ${acknowledged.length} acknowledged, ${counts.length} lengths`];
}

function methodOf({ ClassMethod }: Side): Json {
  return (ClassMethod as { readonly Method: Json }).Method;
}

export const rabbitmq: LiveTest = {
  name: "rabbitmq",
  programs: { "rabbitmq-server": "rabbitmq-server", epmd: "erlang-base" },
  set,
};
