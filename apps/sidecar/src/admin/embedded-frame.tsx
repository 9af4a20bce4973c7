import type { Child } from "hono/jsx";
import { assets } from "./assets.ts";
import type { Embedding } from "./embedded.ts";
import { useView } from "./view.ts";

interface FrameProps {
  embedding: Embedding;
  navigation: Child;
  children: Child;
}

/**
 * What surrounds a page inside WordPress, which has a head, a main landmark and a way to skip to it of its own. The
 * element's id keeps WordPress's styles out and ours in: see `embedStyles`.
 */
export function EmbeddedFrame({ embedding, navigation, children }: FrameProps) {
  const { link, language, direction, timeZone } = useView();
  return (
    <div
      id="sidehook"
      lang={language}
      dir={direction}
      data-zone={timeZone}
      data-base={link("")}
      data-colors={embedding.colors}
    >
      <link rel="stylesheet" href={link(`/assets/${assets.embeddedStyles.name}`)} />
      <script src={link(`/assets/${assets.script.name}`)} nonce={embedding.scriptNonce} />
      <div class="header">{navigation}</div>
      <div class="main">{children}</div>
      <output class="visually-hidden" id="announcements" />
    </div>
  );
}
