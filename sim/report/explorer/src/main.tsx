// Opens the page: reads the data that stands in it, and shows it.

import { render } from "preact";
import { App } from "./app.tsx";
import { type Explore, inflated, type Shared } from "./data.ts";
import { ArchSpace } from "./space.ts";
import { terrainOf } from "./terrain.ts";
import { keptTheme, paintTheme } from "./theme.ts";

const schema = "patchstate.explore/1";

declare global {
  interface Window {
    /** For whoever holds the page against the model: what the page looks things up in. */
    patchstate?: { readonly all: Shared; readonly spaces: readonly ArchSpace[] };
  }
}

async function open(): Promise<void> {
  const page = document.getElementById("page");
  const given = document.getElementById("patchstate-data")?.textContent ?? "";
  if (page === null) return;
  if (!/^[A-Za-z0-9+/=\s]+$/.test(given)) {
    page.textContent = "This page has no data. Make one that has: patchstate explore --html FILE";
    return;
  }
  try {
    const { arches, ...all } = JSON.parse(await inflated(given)) as Explore;
    if (all.schema !== schema) throw new TypeError(`the data is ${all.schema}, not ${schema}`);
    const spaces = arches.map((arch) => new ArchSpace(all, arch));
    document.title = `patchstate explorer: install orders of ${all.product.name}`;
    window.patchstate = { all, spaces };
    page.textContent = "";
    render(<App all={all} spaces={spaces} />, page);
    performance.mark("patchstate-ready");
    setTimeout(() => spaces.forEach(terrainOf), 200);
  } catch (error) {
    page.textContent = `The data of this page cannot be read: ${String(error)}`;
  }
}

paintTheme(keptTheme());
addEventListener("DOMContentLoaded", () => void open());
