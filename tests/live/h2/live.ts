/** HTTP/2 without TLS: nghttpd, asked by curl and nghttp, loaded by h2load with a hundred streams at once. */
import type { Expected, Line, LiveTest, Scene, Stage, Step } from "../harness.ts";

const LOAD = 10_000, CLIENTS = 4, STREAMS = 100;
const PAGE = "<p>Hello</p>\n", STYLE = "p { color: teal }\n";

async function set(stage: Stage): Promise<Scene> {
  const port = await stage.freePort();
  await stage.write("site/index.html", PAGE);
  await stage.write("site/style.css", STYLE);
  await stage.write("site/large", "x".repeat(300_000));
  await stage.write("upload", "y".repeat(100_000));
  const server = await stage.start("nghttpd", "nghttpd", [
    "--no-tls",
    "--address=127.0.0.1",
    "-d",
    stage.path("site"),
    `${port}`,
  ]);
  await server.listens(port);
  const url = (path: string) => `http://127.0.0.1:${port}${path}`;
  const curl = (...args: string[]) => stage.run("curl", ["-s", "-o", "/dev/null", "--http2-prior-knowledge", ...args]);
  return {
    rules: [`http2;${port}`],
    steps: [
      does("a page, its head, and one that is not there", async () => {
        await curl(url("/index.html"));
        await curl("--head", url("/index.html"));
        await curl(url("/none"));
      }, [
        answered("GET", "/index.html", "200", PAGE.length),
        answered("HEAD", "/index.html", "200", 0),
        answered("GET", "/none", "404"),
      ]),
      does("a body of many frames, each way", async () => {
        await curl(url("/large"));
        await curl("--data-binary", `@${stage.path("upload")}`, url("/index.html"));
      }, [
        answered("GET", "/large", "200", 300_000),
        { ...answered("POST", "/index.html", "200"), Request: { Method: "POST", Path: "/index.html", Size: 100_000 } },
      ]),
      several(stage, [url("/index.html"), url("/style.css")]),
      load(stage, url("/index.html")),
    ],
  };
}

function answered(method: string, path: string, status: string, size?: number): Expected {
  const response: Expected["Response"] = size === undefined ? { Status: status } : { Status: status, Size: size };
  return { Request: { Method: method, Path: path }, Response: response };
}

function does(name: string, act: () => Promise<void>, expected: readonly Expected[]): Step {
  return {
    name,
    async run() {
      await act();
      return expected;
    },
  };
}

/** Requests on one connection, which may be answered in any order. */
function several(stage: Stage, urls: readonly string[]): Step {
  return {
    name: "several streams of one connection",
    async run() {
      await stage.run("nghttp", ["--no-verify-peer", "-n", ...urls]);
      return (lines: readonly Line[]) => {
        const paths = lines.filter(({ Response }) => Response?.Status === "200").map(({ Request }) => Request.Path)
          .sort();
        const wanted = urls.map((url) => new URL(url).pathname).sort();
        return `${paths}` === `${wanted}` && lines.length === urls.length ? [] : [`${paths} instead of ${wanted}`];
      };
    },
  };
}

function load(stage: Stage, url: string): Step {
  return {
    name: `h2load: ${LOAD} requests, ${STREAMS} at once on each of ${CLIENTS} connections`,
    async run() {
      await stage.run("h2load", ["-n", `${LOAD}`, "-c", `${CLIENTS}`, "-m", `${STREAMS}`, url]);
      return (lines: readonly Line[]) => {
        const found =
          lines.filter(({ Response }) => Response?.Status === "200" && Response.Size === PAGE.length).length;
        return found === LOAD && lines.length === LOAD
          ? []
          : [`${found} of ${LOAD} are paired, ${lines.length} printed`];
      };
    },
  };
}

export const h2: LiveTest = {
  name: "h2",
  programs: { nghttpd: "nghttp2-server", nghttp: "nghttp2-client", h2load: "nghttp2-client", curl: "curl" },
  set,
};
