// Passkeys: asks the device, puts its answer into the form's hidden field and sends the form. Without a script, or where
// the browser knows no passkeys, the buttons stay hidden and codes do.
(() => {
  if (!window.PublicKeyCredential || !navigator.credentials) return;
  const SAID = {
    NotAllowedError: "A confirmação foi cancelada ou demorou demais. Tente de novo.",
    InvalidStateError: "Este dispositivo já tem uma chave de acesso sua.",
    SecurityError: "Este endereço do portal não permite chaves de acesso. Use o aplicativo de códigos.",
  };
  const FAILED = "Não foi possível usar a chave de acesso. Recarregue a página e tente de novo, ou use um código.";

  const toBytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));
  const toText = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const described = (keys) => (keys ?? []).map((key) => ({ ...key, id: toBytes(key.id) }));

  const readable = (options) => ({
    ...options,
    challenge: toBytes(options.challenge),
    ...(options.user && { user: { ...options.user, id: toBytes(options.user.id) } }),
    ...(options.allowCredentials && { allowCredentials: described(options.allowCredentials) }),
    ...(options.excludeCredentials && { excludeCredentials: described(options.excludeCredentials) }),
  });

  const answerOf = (credential) => {
    const response = {};
    for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (credential.response[name]) response[name] = toText(credential.response[name]);
    }
    return JSON.stringify({
      id: credential.id,
      rawId: toText(credential.rawId),
      type: credential.type,
      response,
      clientExtensionResults: {},
    });
  };

  const ask = async (box, form) => {
    const token = form.elements.csrf_token.value;
    const answer = await fetch(box.dataset.options, {
      method: "POST",
      headers: { Accept: "application/json", "X-CSRFToken": token },
    });
    if (!(answer.headers.get("Content-Type") ?? "").startsWith("application/json")) throw new Error("no options");
    const options = await answer.json();
    if (!answer.ok) throw Object.assign(new Error("refused"), { said: options.error });
    const credential = await navigator.credentials[box.dataset.passkey]({ publicKey: readable(options) });
    form.elements.passkey.value = answerOf(credential);
    form.submit();
  };

  const prepare = (box) => {
    const form = box.closest("form");
    const button = box.querySelector("button");
    const said = box.querySelector("[data-passkey-error]");
    const fieldOfName = form.elements.name;
    button.addEventListener("click", async () => {
      said.hidden = true;
      // The name is asked for before the device is.
      if (box.dataset.passkey === "create" && !fieldOfName.value.trim()) {
        said.textContent = "Dê um nome à chave, como o do dispositivo.";
        said.hidden = false;
        fieldOfName.focus();
        return;
      }
      button.disabled = true;
      try {
        await ask(box, form);
      } catch (error) {
        said.textContent = error.said ?? SAID[error.name] ?? FAILED;
        said.hidden = false;
      } finally {
        button.disabled = false;
      }
    });
    box.hidden = false;
  };

  document.querySelectorAll("[data-passkey]").forEach(prepare);
})();
