// <button data-copy="#link">Copiar link</button>: copies the value or text of that element and says so on the button.
(() => {
  const SAID_FOR_MS = 2000;

  document.addEventListener("DOMContentLoaded", () => {
    for (const button of document.querySelectorAll("[data-copy]")) button.hidden = !navigator.clipboard;
  });

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const source = document.querySelector(button.dataset.copy);
    const label = button.querySelector("[data-copy-label]") ?? button;
    const before = label.textContent;
    try {
      await navigator.clipboard.writeText(source.value ?? source.textContent.trim());
      label.textContent = "Copiado";
    } catch {
      // No permission to copy: select it, so that the usual keys or a long press do.
      source.select?.();
      label.textContent = "Selecionado: agora copie";
    }
    document.getElementById("announcements").textContent = label.textContent;
    setTimeout(() => (label.textContent = before), SAID_FOR_MS);
  });
})();
