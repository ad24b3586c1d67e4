import "graphiql/setup-workers/vite";
import "graphiql/style.css";
import "@graphiql/plugin-explorer/style.css";
import "./page.css";

import { explorerPlugin } from "@graphiql/plugin-explorer";
import { GraphiQL, HISTORY_PLUGIN } from "graphiql";
import { createRoot } from "react-dom/client";

import { given } from "../shared/given.ts";
import { fetcher } from "./fetcher.ts";

interface Given {
  tabs: string[];
  headers: Record<string, string>;
}

const { tabs, headers } = given<Given>({ tabs: [], headers: {} });
const shown = Object.keys(headers).length ? JSON.stringify(headers) : "";
const place = document.getElementById("graphiql");
if (!place) throw new Error("The page has no place for GraphiQL.");

createRoot(place).render(
  <GraphiQL
    fetcher={fetcher(location)}
    plugins={[HISTORY_PLUGIN, explorerPlugin()]}
    defaultTabs={tabs.map((query) => ({ query, headers: shown }))}
    {...(shown ? { initialHeaders: shown, defaultHeaders: shown } : {})}
    shouldPersistHeaders={false}
  />,
);
