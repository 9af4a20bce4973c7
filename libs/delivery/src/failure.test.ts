import { describe, expect, it } from "vitest";
import { findEventType } from "@sidehook/events";
import { failureClasses } from "./delivery.ts";
import { AttemptError, classifyError, classifyStatus } from "./failure.ts";

const withCode = (code: string) => Object.assign(new Error("x"), { code });

describe("classifyError", () => {
  it.each([
    ["ENOTFOUND", "dns"],
    ["EAI_AGAIN", "dns"],
    ["ECONNREFUSED", "connect"],
    ["EHOSTUNREACH", "connect"],
    ["ENETUNREACH", "connect"],
    ["EADDRNOTAVAIL", "connect"],
    ["ETIMEDOUT", "timeout"],
    ["UND_ERR_CONNECT_TIMEOUT", "timeout"],
    ["UND_ERR_HEADERS_TIMEOUT", "timeout"],
    ["ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED", "tls"],
    ["EPROTO", "tls"],
    ["ECONNRESET", "reset"],
    ["EPIPE", "reset"],
    ["UND_ERR_SOCKET", "reset"],
    ["HPE_INVALID_CONSTANT", "protocol"],
    ["UND_ERR_HEADERS_OVERFLOW", "protocol"],
    ["UND_ERR_RES_CONTENT_LENGTH_MISMATCH", "protocol"],
    ["A_CODE_OF_THE_FUTURE", "protocol"],
  ])("takes %s for %s", (code, failureClass) => {
    expect(classifyError(withCode(code))).toBe(failureClass);
    expect(classifyError(new AggregateError([withCode(code)]))).toBe(failureClass);
  });

  it("keeps the class that a rule of ours gave", () => {
    expect(classifyError(new AttemptError("address_refused", "x"))).toBe("address_refused");
  });

  it.each([withCode("EMFILE"), withCode("ENOMEM"), withCode("UND_ERR_INVALID_ARG"), new TypeError("x")])(
    "never takes a fault of our own for the receiver's: %s",
    (error) => {
      expect(classifyError(error)).toBeNull();
    },
  );
});

it("takes 200 to 299 alone for success", () => {
  const all = Array.from({ length: 900 }, (_, index) => 100 + index);
  const succeeded = all.filter((status) => classifyStatus(status) === null);
  expect(succeeded).toEqual(all.filter((status) => status >= 200 && status <= 299));
});

describe("the classes of failure", () => {
  it("are those that receivers are told of", () => {
    const fields = findEventType("sidehook.delivery_failed")?.fields ?? [];
    expect(fields.find(({ name }) => name === "reason")?.knownValues).toEqual(failureClasses);
  });
});
