export * from "./delivery.ts";
export { refusalOf, wants, type Format, type Refusal, type Webhook } from "./webhook.ts";
