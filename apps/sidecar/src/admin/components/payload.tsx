import type { StoredEvent } from "@sidehook/store";
import { compareTrees, countChanges, parseTree, type ComparedTree } from "../payload-tree.ts";
import { useView } from "../view.ts";
import { Body, Code } from "./code.tsx";
import { eventName } from "./event-type.tsx";
import { RelativeTime } from "./time.tsx";

interface PayloadProps {
  text: string;
  /** The event before it that happened to the same object. */
  previous: StoredEvent | undefined;
}

/** A payload as a tree, with what differs from the event before marked; the exact bytes are beneath. */
export function Payload({ text, previous }: PayloadProps) {
  const { t } = useView();
  const now = parseTree(text);
  if (!now) return <Body text={text} />;
  const before = previous && parseTree(previous.payload);
  const tree = compareTrees(now, before);
  return (
    <>
      {previous && before && <Since previous={previous} count={countChanges(tree)} />}
      <div class="tree" lang="en" dir="ltr" translate="no">
        <Items tree={tree} />
      </div>
      <details>
        <summary>{t("body.raw")}</summary>
        <Code text={text} />
      </details>
    </>
  );
}

function Since({ previous, count }: { previous: StoredEvent; count: number }) {
  const { t, link } = useView();
  return (
    <p>
      {t("diff.count", { count })}{" "}
      <a href={link(`/events/${previous.id}`)}>
        <bdi>{eventName(previous.type, t)}</bdi>
      </a>{" "}
      (<RelativeTime at={previous.receivedAt} />)
    </p>
  );
}

function Items({ tree }: { tree: ComparedTree }) {
  return (
    <ul>
      {tree.items.map((item) => (
        <li class={item.change === "same" ? undefined : item.change}>
          {item.kind === "value" ? <Value item={item} /> : <Branch item={item} />}
        </li>
      ))}
    </ul>
  );
}

/** Open while it is short, or while something in it has changed. */
function Branch({ item }: { item: ComparedTree }) {
  const brackets = item.kind === "list" ? "[ ]" : "{ }";
  const isShort = item.items.length <= 12;
  return (
    <details open={isShort || item.change === "changed"}>
      <summary>
        <span class="name">{item.name}</span> <span class="muted">{`${brackets} ${item.items.length}`}</span>
        <Mark item={item} />
      </summary>
      <Items tree={item} />
    </details>
  );
}

function Value({ item }: { item: ComparedTree }) {
  return (
    <>
      <span class="name">{item.name}</span>: <span class={kindOf(item.source ?? "")}>{item.source}</span>
      <Mark item={item} />
    </>
  );
}

/** What has changed is said, not only coloured. */
function Mark({ item: { change, before, items } }: { item: ComparedTree }) {
  const { t, language, direction } = useView();
  if (change === "same" || (change === "changed" && items.length > 0)) return null;
  const text = before !== null && change === "changed" ? t("diff.was") : t(`diff.${change}`);
  return (
    <span class="difference" lang={language} dir={direction} translate="yes">
      {" "}
      {text}
      {before !== null && (
        <>
          {" "}
          <bdi lang="en" translate="no">
            {before}
          </bdi>
        </>
      )}
    </span>
  );
}

function kindOf(source: string): string {
  if (source.startsWith('"')) return "text";
  return /^-?\d/.test(source) ? "number" : "word";
}
