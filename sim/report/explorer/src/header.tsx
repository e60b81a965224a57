// What stands above everything: architecture, undo, copies of link and command, colours, help.

import { useState } from "preact/hooks";
import { Help } from "./help.tsx";
import { Icon } from "./marks.tsx";
import { orderAt } from "./opening.ts";
import { keepTheme, keptTheme, paintTheme, themes } from "./theme.ts";
import { commandOf, type View } from "./view.ts";

export function Header({ view }: { view: View }) {
  const { state, change, spaces } = view;
  return (
    <header class="top">
      <h1>
        patchstate <span>explorer</span>
      </h1>
      <div class="segments" role="group" aria-label="Architecture">
        {spaces.map(({ name }, arch) => (
          <button
            key={name}
            type="button"
            aria-pressed={arch === state.order.arch}
            onClick={() => switchArch(view, arch)}
          >
            {name}
          </button>
        ))}
      </div>
      <div class="tools">
        <button
          type="button"
          title="Undo (Ctrl+Z)"
          disabled={state.past.length === 0}
          onClick={() => change({ kind: "undo" })}
        >
          <Icon name="undo" />
          <span>Undo</span>
        </button>
        <button
          type="button"
          title="Redo (Ctrl+Y)"
          disabled={state.future.length === 0}
          onClick={() => change({ kind: "redo" })}
        >
          <Icon name="redo" />
          <span>Redo</span>
        </button>
        <CopyButton icon="link" name="Copy link" text={() => location.href} />
        <CopyButton icon="terminal" name="Copy command" text={() => commandOf(view)} />
        <Theme />
        <Help view={view} />
      </div>
    </header>
  );
}

function switchArch(view: View, arch: number): void {
  if (arch === view.state.order.arch) return;
  const words = view.state.order.steps.map((step) => view.space.steps[step]?.word ?? "");
  const target = view.spaces[arch];
  if (target === undefined) return;
  const first = target.stepsOf(words.slice(0, 1))?.[0];
  const base = first ?? 0;
  const rest = orderAt(view.spaces, target.name, [
    target.steps[base]?.word ?? "",
    ...words.slice(1),
  ]);
  const order = words.length === 0 ? { arch, steps: [], cursor: 0 } : rest.order;
  const other = target.steps[base]?.word;
  const replaced =
    first === undefined && words.length > 0
      ? `There is no ${words[0]} on ${target.name}; the order begins with ${other} instead. `
      : "";
  view.change({ kind: "order", order, notice: replaced + rest.notice });
}

function CopyButton({
  icon,
  name,
  text,
}: {
  icon: "link" | "terminal";
  name: string;
  text: () => string;
}) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await copyText(text());
    setCopied(true);
    setTimeout(() => setCopied(false), 1600);
  };
  return (
    <button type="button" title={name} onClick={() => void copy()}>
      <Icon name={icon} />
      <span>{copied ? "Copied" : name}</span>
    </button>
  );
}

async function copyText(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
}

function Theme() {
  const [theme, setTheme] = useState(keptTheme);
  const next = themes[(themes.indexOf(theme) + 1) % themes.length] ?? "auto";
  return (
    <button
      type="button"
      title={`Colours: ${theme}. Change to ${next}.`}
      onClick={() => {
        setTheme(next);
        paintTheme(next);
        keepTheme(next);
      }}
    >
      <Icon name="theme" />
      <span>{theme === "auto" ? "Light/dark" : theme === "light" ? "Light" : "Dark"}</span>
    </button>
  );
}
